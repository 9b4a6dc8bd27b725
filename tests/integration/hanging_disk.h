// A disk that hangs while the test says so, for every Holdfast that is started meanwhile.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "tests/support/temp_dir.h"

namespace holdfast::testing {

class HangingDisk {
 public:
  HangingDisk() {
    setenv("LD_PRELOAD", HOLDFAST_STALLING_SYNC, 1);
    setenv("HOLDFAST_TEST_STALL", dir_.file("stall").c_str(), 1);
  }
  ~HangingDisk() {
    unsetenv("LD_PRELOAD");
    unsetenv("HOLDFAST_TEST_STALL");
  }
  HangingDisk(const HangingDisk&) = delete;
  HangingDisk& operator=(const HangingDisk&) = delete;

  void stall() { write_file(dir_.file("stall"), ""); }
  void go_on() { std::filesystem::remove(dir_.file("stall")); }

 private:
  TempDir dir_;
};

}  // namespace holdfast::testing
