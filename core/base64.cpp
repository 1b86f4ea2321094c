#include "core/base64.hpp"

#include <botan/base64.h>
#include <botan/exceptn.h>

namespace horae {

std::string to_base64(BytesView bytes) { return Botan::base64_encode(bytes.data(), bytes.size()); }

Result<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail("no base64: a length that is no multiple of 4");
  Bytes out(Botan::base64_decode_max_output(text.size()));
  try {
    out.resize(Botan::base64_decode(out.data(), text.data(), text.size(), false));
  } catch (const Botan::Exception&) {
    return fail("no base64");
  }
  // Botan lets some other forms pass.
  if (to_base64(out) != text) return fail("no canonical base64");
  return out;
}

}  // namespace horae
