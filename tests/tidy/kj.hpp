// Read before everything else when clang-tidy reads our code: Cap'n Proto 0.9's <kj/string.h>
// leaves
// `"text" == ptr` to the reversed operator of C++20, which newer compilers do not try where there
// is an `operator!=`, too (P2468). Without the macro it defines both.
#pragma once
#include <array>
#include <compare>
#include <initializer_list>
#include <string>
#pragma push_macro("__cpp_impl_three_way_comparison")
#undef __cpp_impl_three_way_comparison
#include <kj/string.h>
#pragma pop_macro("__cpp_impl_three_way_comparison")
