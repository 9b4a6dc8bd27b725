// Certificates for one test, made by the openssl program: an authority and what it signs.
#pragma once

#include <string>

#include "tests/support/temp_dir.h"

namespace holdfast::testing {

struct KeyPair {
  std::string cert;  // paths of PEM files
  std::string key;
};

class Authority {
 public:
  explicit Authority(const std::string& name = "Test CA");

  const std::string& file() const { return ca_.cert; }
  // A certificate for this common name and these alternative names ("DNS:localhost,IP:127.0.0.1"), valid for
  // `days` from now; less than 0: expired. Issuing a name again overwrites its files.
  KeyPair issue(const std::string& name, const std::string& alternative_names = "DNS:localhost,IP:127.0.0.1",
                int days = 30);
  std::string path(const std::string& name) const { return dir_.file(name); }

 private:
  TempDir dir_;
  KeyPair ca_;
};

}  // namespace holdfast::testing
