/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/x509code.h"

/* number, name behind X509_V_, OpenSSL 3's words (x509_txt.c), class */
#define X509_CODES(X)                                                                                                  \
    X(0, OK, "ok", OK)                                                                                                 \
    X(1, ERR_UNSPECIFIED, "unspecified certificate verification error", OTHER)                                         \
    X(2, ERR_UNABLE_TO_GET_ISSUER_CERT, "unable to get issuer certificate", UNKNOWN_CA)                                \
    X(3, ERR_UNABLE_TO_GET_CRL, "unable to get certificate CRL", REVOKED)                                              \
    X(4, ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, "unable to decrypt certificate's signature", OTHER)                     \
    X(5, ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, "unable to decrypt CRL's signature", OTHER)                              \
    X(6, ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, "unable to decode issuer public key", OTHER)                          \
    X(7, ERR_CERT_SIGNATURE_FAILURE, "certificate signature failure", CA_MISMATCH)                                     \
    X(8, ERR_CRL_SIGNATURE_FAILURE, "CRL signature failure", REVOKED)                                                  \
    X(9, ERR_CERT_NOT_YET_VALID, "certificate is not yet valid", NOT_YET_VALID)                                        \
    X(10, ERR_CERT_HAS_EXPIRED, "certificate has expired", EXPIRED)                                                    \
    X(11, ERR_CRL_NOT_YET_VALID, "CRL is not yet valid", REVOKED)                                                      \
    X(12, ERR_CRL_HAS_EXPIRED, "CRL has expired", REVOKED)                                                             \
    X(13, ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD, "format error in certificate's notBefore field", OTHER)                  \
    X(14, ERR_ERROR_IN_CERT_NOT_AFTER_FIELD, "format error in certificate's notAfter field", OTHER)                    \
    X(15, ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, "format error in CRL's lastUpdate field", OTHER)                         \
    X(16, ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, "format error in CRL's nextUpdate field", OTHER)                         \
    X(17, ERR_OUT_OF_MEM, "out of memory", OTHER)                                                                      \
    X(18, ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed certificate", UNKNOWN_CA)                                      \
    X(19, ERR_SELF_SIGNED_CERT_IN_CHAIN, "self-signed certificate in certificate chain", UNKNOWN_CA)                   \
    X(20, ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unable to get local issuer certificate", UNKNOWN_CA)                 \
    X(21, ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, "unable to verify the first certificate", UNKNOWN_CA)                   \
    X(22, ERR_CERT_CHAIN_TOO_LONG, "certificate chain too long", OTHER)                                                \
    X(23, ERR_CERT_REVOKED, "certificate revoked", REVOKED)                                                            \
    X(24, ERR_NO_ISSUER_PUBLIC_KEY, "issuer certificate doesn't have a public key", OTHER)                             \
    X(25, ERR_PATH_LENGTH_EXCEEDED, "path length constraint exceeded", OTHER)                                          \
    X(26, ERR_INVALID_PURPOSE, "unsuitable certificate purpose", OTHER)                                                \
    X(27, ERR_CERT_UNTRUSTED, "certificate not trusted", UNKNOWN_CA)                                                   \
    X(28, ERR_CERT_REJECTED, "certificate rejected", OTHER)                                                            \
    X(29, ERR_SUBJECT_ISSUER_MISMATCH, "subject issuer mismatch", CA_MISMATCH)                                         \
    X(30, ERR_AKID_SKID_MISMATCH, "authority and subject key identifier mismatch", CA_MISMATCH)                        \
    X(31, ERR_AKID_ISSUER_SERIAL_MISMATCH, "authority and issuer serial number mismatch", CA_MISMATCH)                 \
    X(32, ERR_KEYUSAGE_NO_CERTSIGN, "key usage does not include certificate signing", OTHER)                           \
    X(33, ERR_UNABLE_TO_GET_CRL_ISSUER, "unable to get CRL issuer certificate", REVOKED)                               \
    X(34, ERR_UNHANDLED_CRITICAL_EXTENSION, "unhandled critical extension", OTHER)                                     \
    X(35, ERR_KEYUSAGE_NO_CRL_SIGN, "key usage does not include CRL signing", OTHER)                                   \
    X(36, ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, "unhandled critical CRL extension", OTHER)                             \
    X(37, ERR_INVALID_NON_CA, "invalid non-CA certificate (has CA markings)", OTHER)                                   \
    X(38, ERR_PROXY_PATH_LENGTH_EXCEEDED, "proxy path length constraint exceeded", OTHER)                              \
    X(39, ERR_KEYUSAGE_NO_DIGITAL_SIGNATURE, "key usage does not include digital signature", OTHER)                    \
    X(40, ERR_PROXY_CERTIFICATES_NOT_ALLOWED, "proxy certificates not allowed, please set the appropriate flag",       \
        OTHER)                                                                                                         \
    X(41, ERR_INVALID_EXTENSION, "invalid or inconsistent certificate extension", OTHER)                               \
    X(42, ERR_INVALID_POLICY_EXTENSION, "invalid or inconsistent certificate policy extension", OTHER)                 \
    X(43, ERR_NO_EXPLICIT_POLICY, "no explicit policy", OTHER)                                                         \
    X(44, ERR_DIFFERENT_CRL_SCOPE, "different CRL scope", OTHER)                                                       \
    X(45, ERR_UNSUPPORTED_EXTENSION_FEATURE, "unsupported extension feature", OTHER)                                   \
    X(46, ERR_UNNESTED_RESOURCE, "RFC 3779 resource not subset of parent's resources", OTHER)                          \
    X(47, ERR_PERMITTED_VIOLATION, "permitted subtree violation", OTHER)                                               \
    X(48, ERR_EXCLUDED_VIOLATION, "excluded subtree violation", OTHER)                                                 \
    X(49, ERR_SUBTREE_MINMAX, "name constraints minimum and maximum not supported", OTHER)                             \
    X(50, ERR_APPLICATION_VERIFICATION, "application verification failure", OTHER)                                     \
    X(51, ERR_UNSUPPORTED_CONSTRAINT_TYPE, "unsupported name constraint type", OTHER)                                  \
    X(52, ERR_UNSUPPORTED_CONSTRAINT_SYNTAX, "unsupported or invalid name constraint syntax", OTHER)                   \
    X(53, ERR_UNSUPPORTED_NAME_SYNTAX, "unsupported or invalid name syntax", OTHER)                                    \
    X(54, ERR_CRL_PATH_VALIDATION_ERROR, "CRL path validation error", OTHER)                                           \
    X(55, ERR_PATH_LOOP, "path loop", OTHER)                                                                           \
    X(56, ERR_SUITE_B_INVALID_VERSION, "Suite B: certificate version invalid", OTHER)                                  \
    X(57, ERR_SUITE_B_INVALID_ALGORITHM, "Suite B: invalid public key algorithm", OTHER)                               \
    X(58, ERR_SUITE_B_INVALID_CURVE, "Suite B: invalid ECC curve", OTHER)                                              \
    X(59, ERR_SUITE_B_INVALID_SIGNATURE_ALGORITHM, "Suite B: invalid signature algorithm", OTHER)                      \
    X(60, ERR_SUITE_B_LOS_NOT_ALLOWED, "Suite B: curve not allowed for this LOS", OTHER)                               \
    X(61, ERR_SUITE_B_CANNOT_SIGN_P_384_WITH_P_256, "Suite B: cannot sign P-384 with P-256", OTHER)                    \
    X(62, ERR_HOSTNAME_MISMATCH, "hostname mismatch", OTHER)                                                           \
    X(63, ERR_EMAIL_MISMATCH, "email address mismatch", OTHER)                                                         \
    X(64, ERR_IP_ADDRESS_MISMATCH, "IP address mismatch", OTHER)                                                       \
    X(65, ERR_DANE_NO_MATCH, "no matching DANE TLSA records", OTHER)                                                   \
    X(66, ERR_EE_KEY_TOO_SMALL, "EE certificate key too weak", WEAK)                                                   \
    X(67, ERR_CA_KEY_TOO_SMALL, "CA certificate key too weak", WEAK)                                                   \
    X(68, ERR_CA_MD_TOO_WEAK, "CA signature digest algorithm too weak", WEAK)                                          \
    X(69, ERR_INVALID_CALL, "invalid certificate verification context", OTHER)                                         \
    X(70, ERR_STORE_LOOKUP, "issuer certificate lookup error", OTHER)                                                  \
    X(71, ERR_NO_VALID_SCTS, "Certificate Transparency required, but no valid SCTs found", OTHER)                      \
    X(72, ERR_PROXY_SUBJECT_NAME_VIOLATION, "proxy subject name violation", OTHER)                                     \
    X(73, ERR_OCSP_VERIFY_NEEDED, "OCSP verification needed", OTHER)                                                   \
    X(74, ERR_OCSP_VERIFY_FAILED, "OCSP verification failed", OTHER)                                                   \
    X(75, ERR_OCSP_CERT_UNKNOWN, "OCSP unknown cert", OTHER)                                                           \
    X(76, ERR_UNSUPPORTED_SIGNATURE_ALGORITHM, "Cannot find certificate signature algorithm", OTHER)                   \
    X(77, ERR_SIGNATURE_ALGORITHM_MISMATCH, "subject signature algorithm and issuer public key algorithm mismatch",    \
        OTHER)                                                                                                         \
    X(78, ERR_SIGNATURE_ALGORITHM_INCONSISTENCY, "cert info signature and signature algorithm mismatch", OTHER)        \
    X(79, ERR_INVALID_CA, "invalid CA certificate", OTHER)                                                             \
    X(80, ERR_PATHLEN_INVALID_FOR_NON_CA, "Path length invalid for non-CA cert", OTHER)                                \
    X(81, ERR_PATHLEN_WITHOUT_KU_KEY_CERT_SIGN, "Path length given without key usage keyCertSign", OTHER)              \
    X(82, ERR_KU_KEY_CERT_SIGN_INVALID_FOR_NON_CA, "Key usage keyCertSign invalid for non-CA cert", OTHER)             \
    X(83, ERR_ISSUER_NAME_EMPTY, "Issuer name empty", OTHER)                                                           \
    X(84, ERR_SUBJECT_NAME_EMPTY, "Subject name empty", OTHER)                                                         \
    X(85, ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, "Missing Authority Key Identifier", OTHER)                             \
    X(86, ERR_MISSING_SUBJECT_KEY_IDENTIFIER, "Missing Subject Key Identifier", OTHER)                                 \
    X(87, ERR_EMPTY_SUBJECT_ALT_NAME, "Empty Subject Alternative Name extension", OTHER)                               \
    X(88, ERR_EMPTY_SUBJECT_SAN_NOT_CRITICAL, "Subject empty and Subject Alt Name extension not critical", OTHER)      \
    X(89, ERR_CA_BCONS_NOT_CRITICAL, "Basic Constraints of CA cert not marked critical", OTHER)                        \
    X(90, ERR_AUTHORITY_KEY_IDENTIFIER_CRITICAL, "Authority Key Identifier marked critical", OTHER)                    \
    X(91, ERR_SUBJECT_KEY_IDENTIFIER_CRITICAL, "Subject Key Identifier marked critical", OTHER)                        \
    X(92, ERR_CA_CERT_MISSING_KEY_USAGE, "CA cert does not include key usage extension", OTHER)                        \
    X(93, ERR_EXTENSIONS_REQUIRE_VERSION_3, "Using cert extension requires at least X509v3", OTHER)                    \
    X(94, ERR_EC_KEY_EXPLICIT_PARAMS, "Certificate public key has explicit ECC parameters", OTHER)

static const struct x509_code codes[] = {
#define X(number, name, text, class) [number] = { number, "X509_V_" #name, text, X509_CLASS_##class },
    X509_CODES(X)
#undef X
};

static const uint8_t lengths[] = {
#define X(number, name, text, class) [number] = sizeof(text) - 1,
    X509_CODES(X)
#undef X
};

#define CODES ((int)(sizeof codes / sizeof *codes))

/*
 * Words of other releases where they differ. What only moved (1.x had 24 for an invalid CA, 1.0.2 had 65 to 67 for what
 * is 69, 70 and 72 now) is found by the words above.
 */
static const struct {
    int number;
    const char *text;
} other_words[] = {
    { 9, "certificate is not yet valid or the system clock is incorrect" },
    { 26, "unsupported certificate purpose" },
    { 37, "invalid non-CA certificate" },
};

/* A cut text of fewer bytes is too common a beginning to mean anything. */
#define LEAST_BEGINNING 12

static char fold(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c | 0x20);
    return c == '-' ? ' ' : c; /* "self signed" and "self-signed" */
}

static bool begins(struct slice text, struct slice with)
{
    if (with.n > text.n)
        return false;
    for (size_t i = 0; i < with.n; i++)
        if (fold(text.p[i]) != fold(with.p[i]))
            return false;
    return true;
}

static struct slice words_of(int number)
{
    return (struct slice){ codes[number].text, lengths[number] };
}

/* The number whose words these are, all of them; -1. */
static int whole(struct slice text)
{
    for (int i = 0; i < CODES; i++)
        if (lengths[i] == text.n && begins(words_of(i), text))
            return i;
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (strlen(other_words[i].text) == text.n && begins(slice_of(other_words[i].text), text))
            return other_words[i].number;
    return -1;
}

/* The only number whose words begin so; -1 when there is none, or another. */
static int cut(struct slice text)
{
    int found = -1;
    if (text.n < LEAST_BEGINNING)
        return -1;
    for (int i = 0; i < CODES; i++)
        if (begins(words_of(i), text)) {
            if (found >= 0)
                return -1;
            found = i;
        }
    for (size_t i = 0; i < sizeof other_words / sizeof *other_words; i++)
        if (begins(slice_of(other_words[i].text), text)) {
            if (found >= 0 && found != other_words[i].number)
                return -1;
            found = other_words[i].number;
        }
    return found;
}

static int number_of(int printed, struct slice text)
{
    /* as it nearly always is: number and words belong together */
    if (printed >= 0 && printed < CODES && lengths[printed] == text.n && begins(words_of(printed), text))
        return printed;
    int found = whole(text);
    return found >= 0 ? found : cut(text);
}

struct x509_code x509_code_read(int number, struct slice text)
{
    text = slice_trim(text);
    int known = text.n ? number_of(number, text) : -1;
    if (known < 0)
        known = number;
    if (known >= 0 && known < CODES)
        return codes[known];
    return (
        struct x509_code){ number, "X509_V_ERR_UNKNOWN", "unknown certificate verification error", X509_CLASS_OTHER };
}
