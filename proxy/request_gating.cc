#include "proxy/request_gating.h"

#include <algorithm>

#include "proxy/words.h"

namespace holdfast::proxy {
namespace {

// Their replies say nothing about what is in Redis: +OK, always.
bool tells_nothing(policy::CommandId id) {
  static const policy::CommandId ids[] = {policy::find_command("mset"), policy::find_command("setex"),
                                          policy::find_command("psetex"), policy::find_command("hmset")};
  return std::ranges::find(ids, id) != std::end(ids);
}

policy::CommandId set_command() {
  static const policy::CommandId set = policy::find_command("set");
  return set;
}

bool reads_are_durable(const config::Environment& config) {
  return config.reads.value == config::Reads::kDurable;
}

Gating with_reads(const config::Environment& config, policy::CommandId id, Gating of_write) {
  if (!reads_are_durable(config) || tells_nothing(id)) return of_write;
  const bool sees_data = may_write(id) || policy::command(id).has(policy::kReadonly);
  return sees_data ? combine(of_write, Gating::kHoldRead) : of_write;
}

}  // namespace

bool may_write(policy::CommandId id) {
  return id == policy::kUnknownCommand || policy::command(id).may_write();
}

Gating strictest_gating(const config::Environment& config, policy::CommandId id,
                        config::Durability durability) {
  return with_reads(config, id, may_write(id) ? gating_of(durability) : Gating::kNone);
}

bool gating_needs_arguments(const config::Environment& config, policy::CommandId id) {
  return reads_are_durable(config) && id == set_command();
}

Gating gating_of_request(const config::Environment& config, policy::CommandId id,
                         config::Durability durability, std::span<const std::string_view> arguments) {
  const Gating of_write = may_write(id) ? gating_of(durability) : Gating::kNone;
  // SET key value, with a time or not: +OK.
  if (id == set_command() && std::none_of(arguments.begin() + std::min<size_t>(3, arguments.size()),
                                          arguments.end(), [](std::string_view option) {
                                            return equals(option, "GET") || equals(option, "NX") ||
                                                   equals(option, "XX");
                                          }))
    return of_write;
  return with_reads(config, id, of_write);
}

}  // namespace holdfast::proxy
