# The house's own CMake words: a library a directory, its warnings, its tests.

add_library(horae_flags INTERFACE)
# array-bounds, restrict and stringop-…: GCC 12 sees faults in libstdc++'s own strings that are none (its bugs
# 105329 and 105651), and a precompiled header keeps it from knowing that they are in a system header.
target_compile_options(horae_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror
  -Wno-array-bounds -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
target_compile_definitions(horae_flags INTERFACE
  HORAE_VERSION="${PROJECT_VERSION}")
target_include_directories(horae_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
if(HORAE_SANITIZE)
  target_compile_options(horae_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer)
  target_link_options(horae_flags INTERFACE -fsanitize=address,undefined)
endif()
# What libFuzzer is to learn from: which branches an input takes (tests/fuzz).
if(HORAE_FUZZ)
  target_compile_options(horae_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(horae_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Precompiled headers: a set of heavy headers that the directories of a level share. What a file
# includes it still names itself, and tests/arrows.py judges by that.
set(precompiled_source ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
file(CONFIGURE OUTPUT ${precompiled_source} CONTENT "// Carries the precompiled headers.\n")
function(horae_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;LINKS;OPTIONS" ${ARGN})
  add_library(horae_precompiled_${name} OBJECT ${precompiled_source})
  target_link_libraries(horae_precompiled_${name} PUBLIC horae_flags ${arg_LINKS})
  target_compile_options(horae_precompiled_${name} PRIVATE ${arg_OPTIONS})
  target_precompile_headers(horae_precompiled_${name} PRIVATE ${arg_HEADERS})
endfunction()

# horae_library(NAME sources... LINKS targets... PRECOMPILED set): the static library horae_NAME of
# one directory.
function(horae_library name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "LINKS" ${ARGN})
  if(NOT arg_UNPARSED_ARGUMENTS)
    return()
  endif()
  add_library(horae_${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(horae_${name} PUBLIC horae_flags ${arg_LINKS})
  if(arg_PRECOMPILED)
    target_precompile_headers(horae_${name} REUSE_FROM horae_precompiled_${arg_PRECOMPILED})
  endif()
endfunction()

# The entry of every Boost.Test program, compiled once.
add_library(horae_test_main OBJECT ${CMAKE_SOURCE_DIR}/tests/fixture/main.cpp)
target_compile_definitions(horae_test_main PRIVATE BOOST_TEST_DYN_LINK)
target_compile_options(horae_test_main PRIVATE -O0)
target_link_libraries(horae_test_main PUBLIC horae_flags Boost::unit_test_framework)

# horae_test(NAME sources... LINKS targets... [PRECOMPILED set]): a Boost.Test program, known to ctest as
# NAME.
function(horae_test name)
  cmake_parse_arguments(arg "" "PRECOMPILED" "LINKS" ${ARGN})
  if(NOT arg_PRECOMPILED)
    set(arg_PRECOMPILED tests)
  endif()
  string(REPLACE "/" "_" target test_${name})
  add_executable(${target} ${arg_UNPARSED_ARGUMENTS} $<TARGET_OBJECTS:horae_test_main>)
  target_compile_definitions(${target} PRIVATE BOOST_TEST_DYN_LINK
    HORAE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" HORAE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # What a test calls is optimised; the test itself would only take longer to build.
  target_compile_options(${target} PRIVATE -O0)
  target_link_libraries(${target} PRIVATE horae_flags Boost::unit_test_framework ${arg_LINKS})
  target_precompile_headers(${target} REUSE_FROM horae_precompiled_${arg_PRECOMPILED})
  add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 900)
endfunction()
