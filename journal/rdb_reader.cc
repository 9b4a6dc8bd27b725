#include "journal/rdb_reader.h"

#include "journal/rdb_source.h"

namespace holdfast::journal {
namespace {

// rdb.h
enum Opcode : uint8_t {
  kSlotInfo = 244,
  kFunction2 = 245,
  kModuleAux = 247,
  kIdle = 248,
  kFrequency = 249,
  kAux = 250,
  kResizeDb = 251,
  kExpireMs = 252,
  kExpireSeconds = 253,
  kSelectDb = 254,
  kEnd = 255,
};

constexpr int kNewestVersion = 12;
constexpr uint64_t kStreamIdBytes = 16;

class RdbReader {
 public:
  RdbReader(const FileReader& file, const RdbReadOptions& options)
      : options_(options), in_(file, options.progress), path_(file.path()) {}

  Result<uint32_t> run();

 private:
  void header();
  bool step();
  void key(uint8_t type);
  // What TYPE says; empty: not known. The value is skipped.
  std::string_view value(uint8_t type);
  void texts(uint64_t count) {
    for (; count > 0 && in_.ok(); --count) in_.skip_text();
  }
  void scores(uint64_t count, bool binary);
  void quicklist(uint64_t count);
  void fields_with_expiry(uint64_t count);
  void module();
  void stream(int form);
  void consumer_groups(int form);

  const RdbReadOptions& options_;
  RdbSource in_;
  std::string path_;
  int db_ = 0;
  std::optional<int64_t> expires_ms_;
  std::optional<Error> problem_;  // not of the file: something that is not known, or the caller's
};

void RdbReader::header() {
  std::string magic;
  for (int i = 0; i < 9; ++i) magic += static_cast<char>(in_.byte());
  if (!in_.ok()) return;
  if (!magic.starts_with("REDIS")) return in_.fail("it does not begin as an RDB does");
  if (std::atoi(magic.c_str() + 5) > kNewestVersion)
    problem_ = Error(ErrorCode::kInvalid, path_ + " is an RDB of version " + magic.substr(5) +
                                              ", which this version cannot look into");
}

// rdbLoadBinaryDoubleValue, rdbLoadDoubleValue
void RdbReader::scores(uint64_t count, bool binary) {
  for (; count > 0 && in_.ok(); --count) {
    in_.skip_text();
    if (binary) {
      in_.skip(8);
    } else if (const uint8_t digits = in_.byte(); digits < 253) {
      in_.skip(digits);
    }
  }
}

void RdbReader::quicklist(uint64_t count) {
  for (; count > 0 && in_.ok(); --count) {
    (void)in_.length();  // plain or packed
    in_.skip_text();
  }
}

void RdbReader::fields_with_expiry(uint64_t count) {
  for (; count > 0 && in_.ok(); --count) {
    (void)in_.length();
    texts(2);
  }
}

// rdbLoadCheckModuleValue
void RdbReader::module() {
  while (in_.ok()) {
    switch (in_.length()) {
      case 0:
        return;
      case 1:
      case 2:
        (void)in_.length();
        break;
      case 3:
        in_.skip(4);
        break;
      case 4:
        in_.skip(8);
        break;
      case 5:
        in_.skip_text();
        break;
      default:
        in_.fail("a module's value of an unknown form");
    }
  }
}

void RdbReader::consumer_groups(int form) {
  for (uint64_t groups = in_.length(); groups > 0 && in_.ok(); --groups) {
    in_.skip_text();
    for (int i = 0; i < (form >= 2 ? 3 : 2); ++i) (void)in_.length();
    for (uint64_t pending = in_.length(); pending > 0 && in_.ok(); --pending) {
      in_.skip(kStreamIdBytes + 8);
      (void)in_.length();
    }
    for (uint64_t consumers = in_.length(); consumers > 0 && in_.ok(); --consumers) {
      in_.skip_text();
      in_.skip(form >= 3 ? 16 : 8);
      in_.skip(in_.length() * kStreamIdBytes);
    }
  }
}

void RdbReader::stream(int form) {
  texts(2 * in_.length());
  for (int i = 0; i < (form >= 2 ? 8 : 3); ++i) (void)in_.length();
  consumer_groups(form);
}

std::string_view RdbReader::value(uint8_t type) {
  switch (type) {
    case 0:
      return in_.skip_text(), "string";
    case 1:
    case 14:
      return texts(in_.length()), "list";
    case 10:
      return in_.skip_text(), "list";
    case 18:
      return quicklist(in_.length()), "list";
    case 2:
      return texts(in_.length()), "set";
    case 11:
    case 20:
      return in_.skip_text(), "set";
    case 3:
    case 5:
      return scores(in_.length(), type == 5), "zset";
    case 12:
    case 17:
      return in_.skip_text(), "zset";
    case 4:
      return texts(2 * in_.length()), "hash";
    case 9:
    case 13:
    case 16:
      return in_.skip_text(), "hash";
    case 24:
      in_.skip(8);
      return fields_with_expiry(in_.length()), "hash";
    case 25:
      in_.skip(8);
      return in_.skip_text(), "hash";
    case 7:
      (void)in_.length();
      return module(), "module";
    case 15:
      return stream(1), "stream";
    case 19:
      return stream(2), "stream";
    case 21:
      return stream(3), "stream";
  }
  return {};
}

void RdbReader::key(uint8_t type) {
  constexpr uint64_t kWhole = ~uint64_t{0};
  const std::string name = in_.text(kWhole);
  RdbKey key;
  key.db = db_;
  key.key = name;
  key.expires_ms = std::exchange(expires_ms_, std::nullopt);
  const bool is_wanted = !options_.wants || options_.wants(name);
  if (is_wanted && type == 0) {
    key.text = in_.text(RdbKey::kTextBytes, &key.text_bytes);
    key.type = "string";
  } else {
    key.type = value(type);
  }
  if (!in_.ok()) return;
  if (key.type.empty()) {
    problem_ = Error(ErrorCode::kInvalid, path_ + " has a value of type " + std::to_string(type) +
                                              " at byte " + std::to_string(in_.offset()) +
                                              ", which this version cannot look into");
    return;
  }
  if (!is_wanted || !options_.key) return;
  if (Status shown = options_.key(key); !shown.ok()) problem_ = shown.error();
}

// False: it was the last.
bool RdbReader::step() {
  const uint8_t opcode = in_.byte();
  switch (opcode) {
    case kEnd:
      return false;
    case kSelectDb:
      db_ = static_cast<int>(in_.length());
      break;
    case kExpireSeconds:
      expires_ms_ = static_cast<int64_t>(in_.little_endian(4)) * 1000;
      break;
    case kExpireMs:
      expires_ms_ = static_cast<int64_t>(in_.little_endian(8));
      break;
    case kResizeDb:
      (void)in_.length();
      (void)in_.length();
      break;
    case kSlotInfo:
      for (int i = 0; i < 3; ++i) (void)in_.length();
      break;
    case kAux:
      texts(2);
      break;
    case kFrequency:
      (void)in_.byte();
      break;
    case kIdle:
      (void)in_.length();
      break;
    case kFunction2:
      in_.skip_text();
      break;
    case kModuleAux:
      for (int i = 0; i < 3; ++i) (void)in_.length();
      module();
      break;
    default:
      key(opcode);
  }
  return in_.ok() && !problem_;
}

Result<uint32_t> RdbReader::run() {
  header();
  while (in_.ok() && !problem_ && step()) {
  }
  if (problem_) return *problem_;
  while (in_.ok() && !in_.at_end()) in_.skip(1);  // the checksum of Redis's own
  if (!in_.ok()) return in_.status().error();
  return in_.crc();
}

}  // namespace

Result<uint32_t> read_rdb(const FileReader& file, const RdbReadOptions& options) {
  return RdbReader(file, options).run();
}

}  // namespace holdfast::journal
