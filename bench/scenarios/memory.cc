// What Holdfast keeps in memory: idle, per idle client, and while a value of 512 MB passes.
#include <sys/types.h>

#include <algorithm>
#include <span>

#include "bench/load/interrupt.h"
#include "bench/load/messages.h"
#include "bench/load/tcp.h"
#include "bench/report/bars.h"
#include "bench/scenarios/scenario.h"

namespace holdfast::bench {
namespace {

struct Figures {
  double idle_mib = 0;
  double per_client_bytes = 0;
  double large_value_mib = 0;  // at its peak, above idle
};

// Every client writes and reads a key, many at a time, as applications do before they go idle.
Status talk(std::span<const Fd> clients) {
  constexpr size_t kAtATime = 200;
  constexpr size_t kValueBytes = 64;
  const Messages messages(kValueBytes);
  for (const RequestKind kind : {RequestKind::kSet, RequestKind::kGet}) {
    std::string request;
    messages.append(request, kind, 1);
    const size_t reply_bytes = kind == RequestKind::kSet ? std::string_view("+OK\r\n").size()
                                                         : kValueBytes + sizeof("$64\r\n\r\n") - 1;
    for (size_t first = 0; first < clients.size(); first += kAtATime) {
      if (interrupted()) return interrupted_error();
      const auto some = clients.subspan(first, std::min(kAtATime, clients.size() - first));
      for (const Fd& client : some) {
        if (const Status sent = send_all(client.get(), request); !sent.ok()) return sent;
      }
      for (const Fd& client : some) {
        const auto reply = receive(client.get(), reply_bytes);
        if (!reply.ok()) return reply.error();
        size_t consumed = 0;
        if (messages.check(reply.value().data(), reply_bytes, kind, consumed) !=
            Messages::Outcome::kExpected) {
          return Error(ErrorCode::kRefused, Messages::describe(kind, reply.value().data(), reply_bytes));
        }
      }
    }
  }
  return {};
}

// SETs a value of `bytes` and GETs it back, in pieces, so that this process does not hold it either.
Status pass_large_value(int port, size_t bytes) {
  const std::string piece(1024 * 1024, 'x');
  const auto connection = connect_to(port);
  if (!connection.ok()) return connection.error();
  const int fd = connection.value().get();
  const std::string length = std::to_string(bytes);
  const std::string head = "*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$" + length + "\r\n";
  if (const Status sent = send_all(fd, head); !sent.ok()) return sent;
  for (size_t left = bytes; left > 0;) {
    if (interrupted()) return interrupted_error();
    const size_t next = std::min(left, piece.size());
    if (const Status sent = send_all(fd, std::string_view(piece).substr(0, next)); !sent.ok()) return sent;
    left -= next;
  }
  const auto set_reply = ask(fd, "\r\n");
  if (!set_reply.ok()) return set_reply.error().prefixed("the large SET");
  if (set_reply.value() != "+OK") return Error(ErrorCode::kRefused, "the large SET: " + set_reply.value());
  const auto get_reply = ask(fd, "*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n");
  if (!get_reply.ok()) return get_reply.error().prefixed("the large GET");
  if (get_reply.value() != "$" + length)
    return Error(ErrorCode::kRefused, "the large GET: " + get_reply.value());
  for (size_t left = bytes + 2; left > 0;) {
    if (interrupted()) return interrupted_error();
    const size_t next = std::min(left, piece.size());
    if (const auto got = receive(fd, next); !got.ok()) return got.error();
    left -= next;
  }
  return {};
}

double mib(uint64_t kib) {
  return static_cast<double>(kib) / 1024;
}

Result<Figures> measure(const std::string& durability, int clients, size_t value_bytes,
                        const Settings& settings) {
  Fleet fleet(settings.unpinned().fleet_options());
  // Without these limits Redis drops a replica that has more than 256 MB to read, whatever the proxy does.
  const auto redis = fleet.start_redis({"--client-output-buffer-limit", "replica 0 0 0"});
  if (!redis.ok()) return redis.error();
  HoldfastOptions options;
  options.durability = durability;
  const auto holdfast = fleet.start_holdfast("holdfast " + durability, redis.value(), options);
  if (!holdfast.ok()) return holdfast.error();
  const Process& process = *holdfast.value().proxy;
  Figures figures;
  const uint64_t idle_kib = process.resident_kib();
  figures.idle_mib = mib(idle_kib);
  {
    const auto sockets = connect_many(holdfast.value().port, clients);
    if (!sockets.ok()) return sockets.error();
    if (const Status talked = talk(sockets.value()); !talked.ok()) return talked.error();
    const auto more_kib = static_cast<double>(process.resident_kib()) - static_cast<double>(idle_kib);
    figures.per_client_bytes = more_kib * 1024 / clients;
  }
  process.reset_peak();
  const uint64_t before_kib = process.resident_kib();
  if (const Status passed = pass_large_value(holdfast.value().port, value_bytes); !passed.ok()) {
    return passed.error().prefixed(durability + process.last_words());
  }
  figures.large_value_mib = mib(process.peak_kib()) - mib(std::min(before_kib, process.peak_kib()));
  return figures;
}

}  // namespace

Result<std::string> run_memory(const Settings& settings) {
  const int clients = settings.is_quick ? 1000 : 10'000;
  const size_t value_bytes = size_t{settings.is_quick ? 64u : 512u} * 1024 * 1024;
  const std::string value_name = std::to_string(value_bytes / 1024 / 1024) + " MiB value";
  Table table({"durability", "idle, MiB", "per idle client, bytes", value_name + ": peak above before, MiB"});
  Bars bars;
  for (const std::string durability : {"none", "sync"}) {
    const auto figures = measure(durability, clients, value_bytes, settings);
    if (!figures.ok()) return figures.error();
    const Figures& f = figures.value();
    table.add(
        {durability, number(f.idle_mib, 1), number(f.per_client_bytes, 0), number(f.large_value_mib, 1)});
    const auto one = [](double value) { return Spread{value, value, value}; };
    bars.add(durability + ": idle, MiB", one(f.idle_mib), Bars::Kind::kAtMost, 10, 1);
    bars.add(durability + ": per idle client, bytes", one(f.per_client_bytes), Bars::Kind::kAtMost, 1024, 0);
  }
  return "Resident memory of Holdfast (VmRSS, VmHWM). Idle: after it has become ready. Per idle client: " +
         std::to_string(clients) +
         " clients that have each written and read a key and stay connected. The large value is written and "
         "read "
         "back once.\n\n" +
         table.to_string() + "\n" + bars.to_string();
}

}  // namespace holdfast::bench
