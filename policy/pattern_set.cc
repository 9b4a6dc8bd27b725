#include "policy/pattern_set.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "policy/glob.h"

namespace holdfast::policy {
namespace {

constexpr size_t kLongLength = 63;  // the bit for all that are as long or longer

static_assert(std::endian::native == std::endian::little, "word() puts the first byte into the lowest bits");

// Up to eight bytes, zero behind them; never reads past them.
uint64_t word(const char* bytes, size_t size) {
  uint64_t value = 0;
  if (size >= 8) {
    std::memcpy(&value, bytes, 8);
  } else if (size >= 4) {
    uint32_t low, high;
    std::memcpy(&low, bytes, 4);
    std::memcpy(&high, bytes + size - 4, 4);
    value = low | uint64_t{high} << (8 * (size - 4));
  } else {
    for (size_t i = 0; i < size; ++i) value |= uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return value;
}

uint64_t first_bytes(uint64_t value, size_t size) {
  return size >= 8 ? value : value & ((uint64_t{1} << (8 * size)) - 1);
}

uint64_t mix(uint64_t a, uint64_t b) {
  const uint64_t value = (a ^ std::rotl(b, 29)) * 0x9e3779b97f4a7c15u;
  return value ^ value >> 32;
}

uint32_t tag_of(uint64_t hash) {
  return static_cast<uint32_t>(hash >> 56) << 24;
}

constexpr uint32_t kIndexBits = (uint32_t{1} << 24) - 1;

bool has(int permissions, uint8_t wanted) {
  return permissions >= 0 && (permissions & wanted) == wanted;
}

std::string_view beginning_of(std::string_view pattern) {
  return pattern.substr(0, pattern.find_first_of("*?[\\"));
}

}  // namespace

// A name whose beginnings are looked for.
struct PatternSet::Probe {
  explicit Probe(std::string_view text)
      : name(text),
        first(word(text.data(), text.size())),
        second(text.size() <= 8 ? 0 : word(text.data() + 8, text.size() - 8)) {}

  // Of its first `size` bytes.
  uint64_t hash(size_t size) const {
    uint64_t hash = mix(first_bytes(first, size), size);
    if (size > 8) hash = mix(hash, first_bytes(second, size - 8));
    for (size_t at = 16; at < size; at += 8)
      hash = mix(hash, word(name.data() + at, std::min<size_t>(size - at, 8)));
    return mix(hash, 0);
  }

  std::string_view name;
  uint64_t first, second;  // its first sixteen bytes
};

// What becomes the block.
struct PatternSet::Parts {
  std::vector<Group> groups;
  std::vector<Other> others;
  std::vector<uint32_t> long_lengths;
  std::vector<uint32_t> slots;
  std::string texts;
};

void PatternSet::add(std::string_view pattern, uint8_t permissions) {
  if (places_ == nullptr) places_ = std::make_unique<std::unordered_map<std::string, size_t>>();
  const auto [place, is_new] = places_->emplace(pattern, entries_.size());
  if (is_new)
    entries_.push_back({std::string(pattern), permissions});
  else
    entries_[place->second].permissions |= permissions;
}

void PatternSet::clear() {
  *this = PatternSet();
}

void PatternSet::seal() {
  places_.reset();
  block_.reset();
  if (entries_.empty()) return;
  Parts parts;
  std::vector<const Entry*> sorted;
  for (const Entry& entry : entries_) sorted.push_back(&entry);
  std::ranges::stable_sort(sorted, {}, [](const Entry* entry) { return beginning_of(entry->pattern); });
  std::string_view last;
  for (const Entry* entry : sorted) {
    const std::string_view pattern = entry->pattern;
    const std::string_view beginning = beginning_of(pattern);
    if (parts.groups.empty() || last != beginning) {
      const Probe probe(beginning);
      parts.groups.push_back({probe.first,
                              probe.second,
                              static_cast<uint32_t>(parts.texts.size()),
                              static_cast<uint32_t>(beginning.size()),
                              static_cast<uint32_t>(parts.others.size()),
                              kAbsent,
                              kAbsent,
                              {0, 0}});
      parts.texts.append(beginning);
      last = beginning;
    }
    Group& group = parts.groups.back();
    const std::string_view rest = pattern.substr(beginning.size());
    const auto permissions = static_cast<int8_t>(entry->permissions);
    if (rest.empty()) {
      group.exact = permissions;
    } else if (rest == "*") {
      group.all = permissions;
    } else {
      parts.others.push_back(
          {static_cast<uint32_t>(parts.texts.size()), static_cast<uint32_t>(pattern.size()), permissions});
      parts.texts.append(pattern);
    }
  }
  Head head{};
  // A file of configuration is far too small for more than kIndexBits groups.
  parts.slots.resize(std::bit_ceil(2 * parts.groups.size()));
  const size_t mask = parts.slots.size() - 1;
  for (size_t i = 0; i < parts.groups.size(); ++i) {
    const Group& group = parts.groups[i];
    head.lengths |= uint64_t{1} << std::min<size_t>(group.size, kLongLength);
    if (group.size >= kLongLength &&
        std::ranges::find(parts.long_lengths, group.size) == parts.long_lengths.end())
      parts.long_lengths.push_back(group.size);
    const Probe probe(std::string_view(parts.texts).substr(group.text, group.size));
    const uint64_t hash = probe.hash(group.size);
    size_t at = hash & mask;
    while (parts.slots[at] != 0) at = (at + 1) & mask;
    parts.slots[at] = tag_of(hash) | static_cast<uint32_t>(i + 1);
  }
  parts.groups.push_back({0, 0, 0, 0, static_cast<uint32_t>(parts.others.size()), kAbsent, kAbsent, {0, 0}});

  const auto bytes = [](const auto& part) { return static_cast<uint32_t>(part.size() * sizeof(part[0])); };

  head.slots = sizeof(Head);
  head.groups = head.slots + bytes(parts.slots);  // at least two slots, so a multiple of eight
  head.others = head.groups + bytes(parts.groups);
  head.long_lengths = head.others + bytes(parts.others);
  head.texts = head.long_lengths + bytes(parts.long_lengths);
  head.end = head.texts + bytes(parts.texts);
  block_ = std::make_unique<std::byte[]>(head.end);
  const auto put = [&](uint32_t place, const auto& part) {
    if (!part.empty()) std::memcpy(block_.get() + place, part.data(), bytes(part));
  };
  std::memcpy(block_.get(), &head, sizeof(head));
  put(head.slots, parts.slots);
  put(head.groups, parts.groups);
  put(head.others, parts.others);
  put(head.long_lengths, parts.long_lengths);
  put(head.texts, parts.texts);
}

// The group whose beginning is the first `size` bytes of the name.
const PatternSet::Group* PatternSet::find(const Probe& name, size_t size) const {
  const Head& head = this->head();
  const uint32_t* slots = at<uint32_t>(head.slots);
  const Group* groups = at<Group>(head.groups);
  const size_t mask = (head.groups - head.slots) / sizeof(uint32_t) - 1;
  const uint64_t hash = name.hash(size);
  for (size_t i = hash & mask; slots[i] != 0; i = (i + 1) & mask) {
    if ((slots[i] & ~kIndexBits) != tag_of(hash)) continue;
    const Group& group = groups[(slots[i] & kIndexBits) - 1];
    if (group.size != size || group.first != first_bytes(name.first, size)) continue;
    if (size > 8 && group.second != first_bytes(name.second, size - 8)) continue;
    if (size > 16 && text(group.text, group.size) != name.name.substr(0, size)) continue;
    return &group;
  }
  return nullptr;
}

bool PatternSet::matches_in(const Group& group, std::string_view name, uint8_t permissions) const {
  // Redis's matcher takes no empty name for a match of "*".
  if (has(group.all, permissions) && !name.empty()) return true;
  if (has(group.exact, permissions) && name.size() == group.size) return true;
  const Other* others = at<Other>(head().others);
  for (uint32_t i = group.others, end = (&group + 1)->others; i < end; ++i) {
    if (has(others[i].permissions, permissions) && !name.empty() &&
        matches_glob(text(others[i].text, others[i].size), name))
      return true;
  }
  return false;
}

bool PatternSet::matches(std::string_view name, uint8_t permissions) const {
  if (block_ == nullptr) return false;
  const Head& head = this->head();
  const Probe probe(name);
  const auto matches_with = [&](size_t size) {
    const Group* group = find(probe, size);
    return group != nullptr && matches_in(*group, name, permissions);
  };
  uint64_t lengths = head.lengths & ~(uint64_t{1} << kLongLength);
  if (name.size() < kLongLength) lengths &= (uint64_t{2} << name.size()) - 1;
  for (; lengths != 0; lengths &= lengths - 1)
    if (matches_with(static_cast<size_t>(std::countr_zero(lengths)))) return true;
  for (uint32_t place = head.long_lengths; place < head.texts; place += sizeof(uint32_t)) {
    const uint32_t size = *at<uint32_t>(place);
    if (size <= name.size() && matches_with(size)) return true;
  }
  return false;
}

bool PatternSet::contains(std::string_view pattern, uint8_t permissions) const {
  if (block_ == nullptr) return false;
  const std::string_view beginning = beginning_of(pattern);
  const Group* group = find(Probe(beginning), beginning.size());
  if (group == nullptr) return false;
  const std::string_view rest = pattern.substr(beginning.size());
  if (rest.empty()) return has(group->exact, permissions);
  if (rest == "*") return has(group->all, permissions);
  const Other* others = at<Other>(head().others);
  for (uint32_t i = group->others, end = (group + 1)->others; i < end; ++i)
    if (text(others[i].text, others[i].size) == pattern) return has(others[i].permissions, permissions);
  return false;
}

}  // namespace holdfast::policy
