/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/tlsalert.h"

#define LIB_SSL 20
#define ALERT_OFFSET 1000 /* SSL_AD_REASON_OFFSET */

/* ---- alerts: RFC 8446 6, RFC 5246 7.2 and what came before and beside them (RFC 6066, 4279, 7301, 7507) ---- */

static const struct {
    int number;
    const char *name;
} alerts[] = {
    { 0, "close_notify" },
    { 10, "unexpected_message" },
    { 20, "bad_record_mac" },
    { 21, "decryption_failed" },
    { 22, "record_overflow" },
    { 30, "decompression_failure" },
    { 40, "handshake_failure" },
    { 41, "no_certificate" },
    { 42, "bad_certificate" },
    { 43, "unsupported_certificate" },
    { 44, "certificate_revoked" },
    { 45, "certificate_expired" },
    { 46, "certificate_unknown" },
    { 47, "illegal_parameter" },
    { 48, "unknown_ca" },
    { 49, "access_denied" },
    { 50, "decode_error" },
    { 51, "decrypt_error" },
    { 60, "export_restriction" },
    { 70, "protocol_version" },
    { 71, "insufficient_security" },
    { 80, "internal_error" },
    { 86, "inappropriate_fallback" },
    { 90, "user_canceled" },
    { 90, "user_cancelled" }, /* OpenSSL's spelling */
    { 100, "no_renegotiation" },
    { 109, "missing_extension" },
    { 110, "unsupported_extension" },
    { 111, "certificate_unobtainable" },
    { 112, "unrecognized_name" },
    { 113, "bad_certificate_status_response" },
    { 114, "bad_certificate_hash_value" },
    { 115, "unknown_psk_identity" },
    { 116, "certificate_required" },
    { 120, "no_application_protocol" },
};

const char *tls_alert_name(int alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (alerts[i].number == alert)
            return alerts[i].name;
    return NULL;
}

static bool take_nocase(struct slice *s, struct slice word)
{
    if (s->n < word.n || !slice_eq_nocase((struct slice){ s->p, word.n }, word))
        return false;
    *s = slice_from(*s, word.n);
    return true;
}

/* blanks: the name's '_' are blanks in the words. */
static bool is_name(struct slice words, const char *name, bool blanks)
{
    struct slice n = slice_of(name);
    if (words.n != n.n)
        return false;
    for (size_t i = 0; i < n.n; i++) {
        char c = words.p[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if (c != n.p[i] && !(blanks && n.p[i] == '_' && c == ' '))
            return false;
    }
    return true;
}

int tls_alert_from_text(struct slice words)
{
    uint32_t number;
    words = slice_trim(words);
    /* the protocol in OpenSSL's words is history; with blanks and without it, they may be a reason of our own end */
    bool received = take_nocase(&words, SLICE("sslv3 ")) || take_nocase(&words, SLICE("tlsv13 ")) ||
                    take_nocase(&words, SLICE("tlsv1 ")) || take_nocase(&words, SLICE("tls "));
    take_nocase(&words, SLICE("ssl "));
    received |= take_nocase(&words, SLICE("alert "));
    if (received && take_nocase(&words, SLICE("number ")) && slice_u32(words, 255, &number))
        return (int)number;
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
        if (is_name(words, alerts[i].name, received))
            return alerts[i].number;
    return -1;
}

/* ---- reasons: sslerr.h and ssl_err.c of OpenSSL 3.0 ---- */

static const struct {
    int number;
    bool protocol; /* version, cipher or renegotiation refused */
    const char *text;
} reasons[] = {
    { 101, true, "no suitable key share" },
    { 115, false, "bad packet length" },
    { 116, true, "bad protocol version number" },
    { 118, true, "no suitable signature algorithm" },
    { 123, false, "bad signature" },
    { 134, false, "certificate verify failed" },
    { 155, true, "https proxy request" },
    { 156, true, "http request" },
    { 166, true, "version too high" },
    { 176, false, "no certificates returned" },
    { 179, false, "no certificate set" },
    { 181, true, "no ciphers available" },
    { 183, true, "no ciphers specified" },
    { 185, true, "no cipher match" },
    { 191, true, "no protocols available" },
    { 193, true, "no shared cipher" },
    { 199, false, "peer did not return a certificate" },
    { 207, false, "protocol is shutdown" },
    { 229, false, "ssl handshake failure" },
    { 244, false, "unexpected message" },
    { 245, false, "unexpected record" },
    { 248, true, "unknown cipher returned" },
    { 252, true, "unknown protocol" },
    { 254, true, "unknown ssl version" },
    { 258, true, "unsupported protocol" },
    { 259, true, "unsupported ssl version" },
    { 261, true, "wrong cipher returned" },
    { 266, true, "wrong ssl version" },
    { 267, true, "wrong version number" },
    { 268, false, "x509 lib" },
    { 277, false, "session id context uninitialized" },
    { 278, false, "post handshake auth encoding err" },
    { 279, false, "extension not received" },
    { 281, false, "decryption failed or bad record mac" },
    { 284, false, "not server" },
    { 288, false, "private key mismatch" },
    { 294, false, "unexpected eof while reading" },
    { 312, false, "read timeout expired" },
    { 335, true, "renegotiate ext too long" },
    { 336, true, "renegotiation encoding err" },
    { 337, true, "renegotiation mismatch" },
    { 338, true, "unsafe legacy renegotiation disabled" },
    { 339, true, "no renegotiation" },
    { 345, true, "scsv received when renegotiating" },
    { 373, true, "inappropriate fallback" },
    { 376, true, "no shared signature algorithms" },
    { 394, true, "dh key too small" },
    { 396, true, "version too low" },
    { 397, false, "ca key too small" },
    { 398, false, "ca md too weak" },
    { 399, false, "ee key too small" },
    { 410, true, "no shared groups" },
};

int ssl_reason_from_text(struct slice words)
{
    words = slice_trim(words);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (slice_eq_nocase(words, slice_of(reasons[i].text)))
            return reasons[i].number;
    return 0;
}

const char *ssl_reason_text(int reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].number == reason)
            return reasons[i].text;
    return NULL;
}

bool ssl_reason_is_protocol(int reason)
{
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].number == reason)
            return reasons[i].protocol;
    return false;
}

/* ---- packed codes ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct ssl_error ssl_error_decode(struct slice hex)
{
    struct ssl_error e = { .alert = -1 };
    uint32_t code = 0;
    if (hex.n != 8)
        return e;
    for (size_t i = 0; i < hex.n; i++) {
        int digit = hex_digit(hex.p[i]);
        if (digit < 0)
            return e;
        code = code << 4 | (uint32_t)digit;
    }
    /* the two layouts never overlap: 0x14...... is OpenSSL 1's, 0x0A...... OpenSSL 3's */
    if (code >> 24 == LIB_SSL)
        e.reason = (int)(code & 0xfff);
    else if (code >> 23 == LIB_SSL)
        e.reason = (int)(code & 0x7fffff);
    else
        return e;
    e.is_ssl = true;
    if (e.reason >= ALERT_OFFSET && e.reason <= ALERT_OFFSET + 255)
        e.alert = e.reason - ALERT_OFFSET;
    return e;
}
