#pragma once

#include <boost/json/value.hpp>

#include "core/bytes.hpp"

namespace horae {

/// The protobuf SignedHeader that an answer to CometBFT's `commit` tells as JSON.
[[nodiscard]] Result<Bytes> read_signed_header(const boost::json::value& answer);

}  // namespace horae
