// Runs a fuzz target without libFuzzer: over files that are named, or over a bounded number of inputs made
// from a seed. A failure aborts with the seed and the input's number.
//
//   fuzz_key_positions [--inputs N] [--seed S] [FILE...]

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

uint64_t seed = 0;
unsigned long input = 0;

void say_which(int) {
  char text[128];
  const int size = std::snprintf(text, sizeof(text), "failed: --seed %llu, input %lu\n",
                                 static_cast<unsigned long long>(seed), input);
  std::fwrite(text, 1, static_cast<size_t>(size), stderr);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

bool run_file(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) {
    std::fprintf(stderr, "cannot read %s\n", path);
    return false;
  }
  std::vector<uint8_t> bytes;
  uint8_t block[4096];
  while (const size_t got = std::fread(block, 1, sizeof(block), file))
    bytes.insert(bytes.end(), block, block + got);
  std::fclose(file);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

// Mostly short, and mostly of the bytes that mean words.
std::vector<uint8_t> any_input(std::mt19937_64& random) {
  std::vector<uint8_t> bytes(random() % 4 == 0 ? random() % 200 : random() % 16);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random() % 8 == 0 ? random() : random() % 0x80);
  for (size_t i = 0; i < bytes.size() && i < 3; ++i) bytes[i] = static_cast<uint8_t>(random());
  if (bytes.size() > 1) bytes[1] &= 1;  // every command as often as any other
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  unsigned long inputs = 200'000;
  seed = std::random_device()();
  bool has_files = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--inputs") == 0 && i + 1 < argc) {
      inputs = std::strtoul(argv[++i], nullptr, 10);
    } else if (std::strcmp(argv[i], "--seed") == 0 && i + 1 < argc) {
      seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      has_files = true;
      if (!run_file(argv[i])) return 2;
    }
  }
  if (has_files) return 0;
  std::signal(SIGABRT, say_which);
  std::mt19937_64 random(seed);
  for (input = 0; input < inputs; ++input) {
    // In a buffer of its own size, so that AddressSanitizer sees a byte too many.
    const std::vector<uint8_t> bytes = any_input(random);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
  std::printf("%lu inputs, seed %llu: good\n", inputs, static_cast<unsigned long long>(seed));
  return 0;
}
