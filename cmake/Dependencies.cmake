# Everything comes from Debian 12's packages; ./dev installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(toml11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(ZLIB REQUIRED)
pkg_check_modules(UV REQUIRED IMPORTED_TARGET libuv)
# Linked statically, as the little of it that is used is not worth a package where Holdfast runs.
find_library(URING_LIBRARY NAMES liburing.a REQUIRED)
add_library(uring STATIC IMPORTED)
set_target_properties(uring PROPERTIES IMPORTED_LOCATION ${URING_LIBRARY})
if(NOT DEFINED HOLDFAST_BUILD_TESTS OR HOLDFAST_BUILD_TESTS)
  find_package(GTest REQUIRED)
  pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
endif()

# llhttp: Debian ships its C sources in node-llhttp (the library itself is only inside nodejs).
find_path(LLHTTP_SOURCE_DIR NAMES llhttp.c PATHS /usr/share/llhttp REQUIRED)
find_path(LLHTTP_INCLUDE_DIR NAMES llhttp.h PATHS /usr/share/include/llhttp REQUIRED)
add_library(llhttp STATIC
  ${LLHTTP_SOURCE_DIR}/api.c ${LLHTTP_SOURCE_DIR}/http.c ${LLHTTP_SOURCE_DIR}/llhttp.c)
target_include_directories(llhttp SYSTEM PUBLIC ${LLHTTP_INCLUDE_DIR})
