# Writes OUTPUT, the commit that SOURCE is at, as C++: run by each build, and changed only where the
# commit is another. Outside a checkout, or without git, it is empty.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
set(commit "")
set(modified false)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --show-toplevel HEAD
    OUTPUT_VARIABLE said ERROR_QUIET RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE)
  # A tree within another project's checkout is none of its own.
  file(REAL_PATH ${SOURCE} here)
  if(NOT failed AND said MATCHES "^(.*)\n([0-9a-f]+)$" AND CMAKE_MATCH_1 STREQUAL here)
    set(commit ${CMAKE_MATCH_2})
    execute_process(COMMAND ${GIT} -C ${SOURCE} status --porcelain --untracked-files=no
      OUTPUT_VARIABLE changes ERROR_QUIET)
    if(changes)
      set(modified true)
    endif()
  endif()
endif()
set(text "#include \"core/commit.hpp\"
namespace horae {
const BuildCommit build_commit{\"${commit}\", ${modified}};
}  // namespace horae
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()
