#include "tests/support/certificates.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/support/redis_server.h"

namespace holdfast::testing {
namespace {

void openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "openssl");
  std::string output;
  EXPECT_EQ(run_program(arguments, output), 0) << output;
}

}  // namespace

Authority::Authority(const std::string& name) : ca_{dir_.file("ca.pem"), dir_.file("ca.key")} {
  openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
           ca_.key, "-out", ca_.cert, "-subj", "/CN=" + name, "-days", "30", "-addext",
           "basicConstraints=critical,CA:TRUE"});
}

KeyPair Authority::issue(const std::string& name, const std::string& alternative_names, int days) {
  const KeyPair pair{dir_.file(name + ".pem"), dir_.file(name + ".key")};
  const std::string request = dir_.file(name + ".csr");
  const std::string extensions = dir_.file(name + ".ext");
  write_file(extensions, "subjectAltName=" + alternative_names + "\n");
  openssl({"req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
           pair.key, "-out", request, "-subj", "/CN=" + name});
  openssl({"x509", "-req", "-in", request, "-CA", ca_.cert, "-CAkey", ca_.key, "-CAcreateserial", "-out",
           pair.cert, "-days", std::to_string(days), "-extfile", extensions});
  return pair;
}

}  // namespace holdfast::testing
