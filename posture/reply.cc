#include "posture/reply.h"

namespace holdfast::posture {

const Reply* Reply::value_of(std::string_view name) const {
  for (size_t i = 0; i + 1 < items.size(); i += 2)
    if (items[i].text == name) return &items[i + 1];
  return nullptr;
}

}  // namespace holdfast::posture
