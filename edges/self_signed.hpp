#pragma once

#include <openssl/types.h>

namespace horae {

/// Gives a TLS server a new key (P-256) and a certificate that it signs itself. For servers whose
/// clients know them otherwise: it says nothing of who they are. Stops where OpenSSL has no memory
/// or no randomness.
void use_self_signed(SSL_CTX* context);

}  // namespace horae
