// key_prefix in what Redis answers: names are given back to clients without it. One whole reply or push at a
// time. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "policy/key_prefix.h"

namespace holdfast::proxy {

// The reply in its form, with names as the client knows them. `of_queued`: for kExec, the form of each queued
// command's reply, one byte each.
std::string without_prefix(std::string_view reply, policy::ReplyForm form, std::string_view prefix,
                           std::string_view of_queued = {});

// The same for a message, a confirmation of a subscription or an invalidation.
std::string push_without_prefix(std::string_view push, std::string_view prefix);

}  // namespace holdfast::proxy
