#include "net/shared_port.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

namespace holdfast::net {
namespace {

struct LocalAddress {
  const char* table;     // where the kernel lists sockets of this family
  std::string host;      // as it writes it there
  std::string port;      // "18EC"
  std::string any_host;  // its way to write the wildcard
};

// proc(5), /proc/net/tcp: addresses are hexadecimal, each 32 bits in the machine's byte order.
std::string in_hex(const void* address, size_t words) {
  std::string text;
  for (size_t i = 0; i < words; ++i) {
    uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(address) + i * sizeof(word), sizeof(word));
    char hex[9];
    std::snprintf(hex, sizeof(hex), "%08X", word);
    text += hex;
  }
  return text;
}

bool local_address(int fd, LocalAddress& local) {
  sockaddr_storage address{};
  socklen_t length = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) != 0) return false;
  const bool v6 = address.ss_family == AF_INET6;
  if (!v6 && address.ss_family != AF_INET) return false;
  const auto* v4_address = reinterpret_cast<const sockaddr_in*>(&address);
  const auto* v6_address = reinterpret_cast<const sockaddr_in6*>(&address);
  char port[5];
  std::snprintf(port, sizeof(port), "%04X", ntohs(v6 ? v6_address->sin6_port : v4_address->sin_port));
  local.table = v6 ? "/proc/net/tcp6" : "/proc/net/tcp";
  local.host = v6 ? in_hex(&v6_address->sin6_addr, 4) : in_hex(&v4_address->sin_addr, 1);
  local.any_host = std::string(local.host.size(), '0');
  local.port = port;
  return true;
}

// Calls found(host) for each listening socket on the port. Listeners come first in the table.
template <typename Found>
void for_each_listener(const LocalAddress& local, Found found) {
  std::ifstream table(local.table);
  std::string line;
  std::getline(table, line);  // the names of the columns
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string number;
    std::string address;
    std::string remote;
    std::string state;
    words >> number >> address >> remote >> state;
    if (state != "0A") return;
    const size_t colon = address.find(':');
    if (colon != std::string::npos && address.substr(colon + 1) == local.port)
      found(address.substr(0, colon));
  }
}

void set_program(int fd, int option, sock_filter* code, unsigned short length) {
  const sock_fprog program{length, code};
  (void)setsockopt(fd, SOL_SOCKET, option, &program, sizeof(program));
}

}  // namespace

size_t count_listeners(int fd) {
  LocalAddress local;
  size_t count = 0;
  if (local_address(fd, local))
    for_each_listener(local, [&](const std::string& host) { count += host == local.host ? 1 : 0; });
  return count;
}

bool overlaps_other_listener(int fd) {
  LocalAddress local;
  bool overlaps = false;
  if (local_address(fd, local))
    for_each_listener(local, [&](const std::string& host) {
      overlaps |= host != local.host && (host == local.any_host || local.host == local.any_host);
    });
  return overlaps;
}

void steer_connections(int fd, uint32_t first, uint32_t count) {
  if (count == 0) return;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_RANDOM)),
      BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, count),
      BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, first),
      BPF_STMT(BPF_RET | BPF_A, 0),
  };
  set_program(fd, SO_ATTACH_REUSEPORT_CBPF, code, 4);
}

void stop_steering(int fd) {
  const int ignored = 0;
  (void)setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &ignored, sizeof(ignored));
}

void ignore_new_connections(int fd) {
  constexpr uint32_t kFlagsAt = 13;  // RFC 9293, section 3.1
  constexpr uint32_t kSyn = 0x02;
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  };
  set_program(fd, SO_ATTACH_FILTER, code, 4);
}

void take_new_connections(int fd) {
  const int ignored = 0;
  (void)setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &ignored, sizeof(ignored));
}

}  // namespace holdfast::net
