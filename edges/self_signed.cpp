#include "edges/self_signed.hpp"

#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include <string>

#include "core/result.hpp"

namespace horae {
namespace {

// Nobody looks at the dates: no clock is trusted.
constexpr long certificate_s = 3650L * 24 * 3600;

void want_self_signed(bool done, const char* what) {
  if (!done) stop(std::string("OpenSSL ") + what);
}

}  // namespace

void use_self_signed(SSL_CTX* context) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), &X509_free);
  want_self_signed(key && made, "makes no key");
  want_self_signed(X509_set_version(made.get(), X509_VERSION_3) == 1 &&
                       ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1 &&
                       X509_gmtime_adj(X509_getm_notBefore(made.get()), 0) != nullptr &&
                       X509_gmtime_adj(X509_getm_notAfter(made.get()), certificate_s) != nullptr &&
                       X509_set_pubkey(made.get(), key.get()) == 1 &&
                       X509_sign(made.get(), key.get(), EVP_sha256()) != 0,
                   "makes no certificate");
  want_self_signed(SSL_CTX_use_certificate(context, made.get()) == 1 &&
                       SSL_CTX_use_PrivateKey(context, key.get()) == 1,
                   "takes no certificate");
}

}  // namespace horae
