// A port that two processes share with SO_REUSEPORT while one takes over from the other: no connection is
// refused, reset or lost in between.
//
// What the kernel does (net/core/sock_reuseport.c, net/ipv4/inet_connection_sock.c): it spreads new
// connections over all sockets of the group by a hash, and when one of them is closed, the connections in its
// accept queue are reset. So a newcomer steers all new connections to those who were there before, who
// steer them to the newcomer when they leave, and close when nothing can be left in their queues.
//
// Descriptors are listening TCP sockets with SO_REUSEPORT, not owned. All of this is best effort: where the
// kernel does not do it, the port is shared by hash. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace holdfast::net {

// How many sockets listen on exactly the address of `fd`, in all processes; 0 when that cannot be found out.
size_t count_listeners(int fd);
// True when somebody listens on the same port of another address of which this one is a part, or that is part
// of this one: that is no group, and only one of the two would get the connections.
bool overlaps_other_listener(int fd);

// New connections of the group go to its members [first, first + count), in the order in which they joined.
void steer_connections(int fd, uint32_t first, uint32_t count);
// They are spread over all members again.
void stop_steering(int fd);
// This member gets no new connection: its SYNs are dropped, so that a client which is sent here after all
// asks again a second later, when somebody else has the port. Handshakes that have begun are finished.
void ignore_new_connections(int fd);
// The end of that.
void take_new_connections(int fd);

}  // namespace holdfast::net
