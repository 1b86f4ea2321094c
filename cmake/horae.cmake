# The house's own CMake words: a library a directory, its warnings, its tests.

add_library(horae_flags INTERFACE)
target_compile_options(horae_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
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

# horae_library(NAME sources... LINKS targets...): the static library horae_NAME of one directory.
function(horae_library name)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  if(NOT arg_UNPARSED_ARGUMENTS)
    return()
  endif()
  add_library(horae_${name} STATIC ${arg_UNPARSED_ARGUMENTS})
  target_link_libraries(horae_${name} PUBLIC horae_flags ${arg_LINKS})
endfunction()

# horae_test(NAME sources... LINKS targets...): a Boost.Test program, known to ctest as NAME.
function(horae_test name)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  string(REPLACE "/" "_" target test_${name})
  add_executable(${target} ${CMAKE_SOURCE_DIR}/tests/fixture/main.cpp ${arg_UNPARSED_ARGUMENTS})
  target_compile_definitions(${target} PRIVATE BOOST_TEST_DYN_LINK
    HORAE_SOURCE_DIR="${CMAKE_SOURCE_DIR}" HORAE_BINARY_DIR="${CMAKE_BINARY_DIR}")
  # What a test calls is optimised; the test itself would only take longer to build.
  target_compile_options(${target} PRIVATE -O0)
  target_link_libraries(${target} PRIVATE horae_flags Boost::unit_test_framework ${arg_LINKS})
  add_test(NAME ${name} COMMAND ${target} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()
