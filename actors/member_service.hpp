#pragma once

#include <functional>

#include "actors/client.hpp"

namespace horae {

/// Does what another member asks over its link (schemas/link.capnp), as far as this program knows
/// it: lets transactions in at the doors as if a user had sent them, in their order, and answers
/// when all are durable or refused. Returns at once. answer is called once, on the thread of an
/// actor, unless the actors end before.
void serve_member(Client& client, const Address& from, BytesView request,
                  std::function<void(Bytes)> answer);

}  // namespace horae
