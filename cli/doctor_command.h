// `holdfast doctor`: what a Redis is, what is wrong with that, and what to do about it. Read-only.
#pragma once

#include <cstdint>
#include <string>

namespace holdfast::cli {

struct DoctorOptions {
  std::string url = "redis://127.0.0.1:6379";
  std::string password_file;  // instead of a password in the url, where others can see it
  std::string ca, cert, key;  // of rediss://
  std::string config_out;     // where to write the proposed configuration
  bool json = false;
  int64_t keys = 10'000;  // how many to look at, at the most
  int64_t seconds = 10;   // for how long, at the most
};

// 0: a cache, or a database that is ready, and nothing critical; 3: a person has to look; 1: it could not be
// asked; 2: the command line is wrong.
int doctor(const DoctorOptions& options);

}  // namespace holdfast::cli
