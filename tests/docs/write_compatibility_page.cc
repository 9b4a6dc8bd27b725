// Prints docs/compatibility.md; ./dev docs puts it into its place.
#include <cstdio>
#include <string>

#include "tests/docs/compatibility_page.h"

int main() {
  const std::string page = holdfast::docs::compatibility_page();
  return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() && !page.empty() ? 0 : 1;
}
