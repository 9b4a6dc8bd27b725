# holdfast_library(<folder> SOURCES <files...> [LINK <libraries...>])
# One static library per folder, holdfast_<folder>, with the project's include path and warnings.
add_library(holdfast_options INTERFACE)
target_include_directories(holdfast_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(holdfast_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough -Werror)

option(HOLDFAST_ASAN "AddressSanitizer and UndefinedBehaviorSanitizer" OFF)
option(HOLDFAST_TSAN "ThreadSanitizer" OFF)
if(HOLDFAST_ASAN)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(HOLDFAST_TSAN)
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
endif()

function(holdfast_library folder)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(holdfast_${folder} STATIC ${ARG_SOURCES})
  target_link_libraries(holdfast_${folder} PUBLIC holdfast_options ${ARG_LINK})
endfunction()

# holdfast_test(<name> SOURCES <files...> LINK <libraries...>): one GoogleTest program, run by ctest. With
# PARTS <n> ctest runs it n times, each time another part of its tests: for one that mostly waits for others.
function(holdfast_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;PARTS" "SOURCES;LINK" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE holdfast_options ${ARG_LINK} GTest::gmock GTest::gtest_main)
  # Only the files that name these paths are given them: ccache then shares the others between checkouts.
  foreach(source IN LISTS ARG_SOURCES)
    file(STRINGS ${source} names_path REGEX "HOLDFAST_SOURCE_DIR|HOLDFAST_PROGRAM")
    if(names_path)
      set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS
        HOLDFAST_SOURCE_DIR="${CMAKE_SOURCE_DIR}" HOLDFAST_PROGRAM="${CMAKE_BINARY_DIR}/holdfast")
      # Naming one for the first time configures anew.
      set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    endif()
  endforeach()
  # GoogleTest's headers take longer to compile than most tests: once a program instead of once a file.
  # -fpch-preprocess lets ccache see through it. Once std::string is precompiled, GCC 12 raises false alarms
  # of three kinds inside of it, and of a fourth with AddressSanitizer (std::regex); the folders themselves
  # are compiled without it and with all warnings.
  target_precompile_headers(${name} PRIVATE <gmock/gmock.h> <gtest/gtest.h> <string> <vector>)
  target_compile_options(${name} PRIVATE -fpch-preprocess -Wno-array-bounds -Wno-restrict
    -Wno-stringop-overflow $<$<BOOL:${HOLDFAST_ASAN}>:-Wno-maybe-uninitialized>)
  if(NOT ARG_PARTS)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
    return()
  endif()
  foreach(part RANGE 1 ${ARG_PARTS})
    math(EXPR index "${part} - 1")
    add_test(NAME ${name}_${part} COMMAND ${name})
    set_tests_properties(${name}_${part} PROPERTIES TIMEOUT ${ARG_TIMEOUT}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${ARG_PARTS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
