/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/pem.h"

#include "base/caps.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>

enum kind { KIND_CERTIFICATE, KIND_CRL, KIND_KEY, KIND_ENCRYPTED_KEY, KIND_OTHER };

struct block {
    enum kind kind;
    struct slice body; /* base64, with the headers of RFC 1421 in front */
    bool encrypted;
    bool cut; /* no END line */
};

void pem_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

static void note(struct pem *out, enum pem_fault fault)
{
    if (out->fault == PEM_FINE)
        out->fault = fault;
}

/* ---- what is in one ---- */

static void take_certificate(struct certs *t, struct bytes der, struct pem *out)
{
    uint32_t id = certs_add(t, der);
    out->certificates++;
    if (out->certificate == CERT_NONE)
        out->certificate = id;
    if (id == CERT_NONE || certs_get(t, id)->unreadable)
        note(out, PEM_CONTENT);
}

static bool take_crl(struct certs *t, struct bytes der, struct pem *out)
{
    uint32_t number = certs_add_crl(t, der);
    if (!number)
        return false;
    out->crls++;
    if (!out->crl) {
        out->crl = number;
        out->crl_made = certs_crl_made(t, number);
        out->crl_next = certs_crl_next(t, number);
    }
    return true;
}

/* An EncryptedPrivateKeyInfo (RFC 5958) is an algorithm and octets; a key in the clear begins with its version. */
static bool is_encrypted(struct bytes der)
{
    const unsigned char *p = der.p;
    X509_SIG *sealed = d2i_X509_SIG(NULL, &p, (long)der.n);
    bool is = sealed != NULL;
    X509_SIG_free(sealed);
    ERR_clear_error();
    return is;
}

/*
 * An RSA key's public half stands in it in the clear, so the usual key needs no key object at all, which takes OpenSSL
 * nearly a millisecond to make. PKCS#1 (RFC 8017, A.1.2) or the same inside PKCS#8 (RFC 5958).
 */
#define TAG_INTEGER 0x02
#define TAG_OCTETS 0x04
#define TAG_SEQUENCE 0x30

/* The content of the next element, which must have this tag; *whole, unless NULL: with its header. */
static struct cursor element(struct cursor *c, uint8_t tag, struct bytes *whole)
{
    const uint8_t *from = c->at;
    c->failed |= cursor_u8(c) != tag;
    size_t n = cursor_u8(c), bytes = n & 0x7f;
    if (n >= 0x80) {
        c->failed |= bytes == 0 || bytes > 3;
        for (n = 0; bytes && !c->failed; bytes--)
            n = n << 8 | cursor_u8(c);
    }
    if (c->failed)
        c->end = c->at;
    struct cursor inside = cursor_child(c, n);
    if (whole)
        *whole = c->failed ? (struct bytes){ from, 0 } : (struct bytes){ from, (size_t)(c->at - from) };
    return inside;
}

static struct cursor rsa_of_pkcs8(struct cursor c)
{
    static const uint8_t rsa[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };
    struct cursor none = { c.at, c.at, true };
    (void)element(&c, TAG_INTEGER, NULL);
    struct cursor algorithm = element(&c, TAG_SEQUENCE, NULL);
    struct bytes name = cursor_rest(&algorithm);
    struct cursor key = element(&c, TAG_OCTETS, NULL);
    if (c.failed || name.n != sizeof rsa || memcmp(name.p, rsa, sizeof rsa) != 0)
        return none;
    struct cursor inner = element(&key, TAG_SEQUENCE, NULL);
    return cursor_done(&key) ? inner : none;
}

static void put_header(struct buf *b, uint8_t tag, size_t n)
{
    buf_putc(b, (char)tag);
    if (n >= 0x80)
        buf_putc(b, (char)(n > 0xffff ? 0x83 : n > 0xff ? 0x82 : 0x81));
    if (n > 0xffff)
        buf_putc(b, (char)(n >> 16));
    if (n > 0xff)
        buf_putc(b, (char)(n >> 8));
    buf_putc(b, (char)n);
}

static void print_rsa_public(struct buf *b, struct bytes n, struct bytes e)
{
    static const uint8_t algorithm[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
        0x05, 0x00 };
    struct buf key = { 0 }, bits = { 0 };
    put_header(&key, TAG_SEQUENCE, n.n + e.n);
    buf_put(&key, n.p, n.n);
    buf_put(&key, e.p, e.n);
    put_header(&bits, 0x03, key.n + 1);
    buf_putc(&bits, '\0'); /* no bits are unused */
    buf_slice(&bits, buf_as_slice(&key));
    put_header(b, TAG_SEQUENCE, sizeof algorithm + bits.n);
    buf_put(b, algorithm, sizeof algorithm);
    buf_slice(b, buf_as_slice(&bits));
    buf_clear(&key);
    buf_clear(&bits);
}

static bool take_rsa(struct bytes der, struct pem *out)
{
    struct cursor whole = cursor_of(der.p, der.n), c = element(&whole, TAG_SEQUENCE, NULL), start = c;
    struct bytes version, n, e;
    (void)element(&c, TAG_INTEGER, &version);
    if (!c.failed && cursor_left(&c) && *c.at == TAG_SEQUENCE) {
        c = rsa_of_pkcs8(start);
        (void)element(&c, TAG_INTEGER, &version);
    }
    (void)element(&c, TAG_INTEGER, &n);
    (void)element(&c, TAG_INTEGER, &e);
    for (int rest = 0; rest < 6; rest++) /* d, p, q, dp, dq, the coefficient */
        (void)element(&c, TAG_INTEGER, NULL);
    if (!cursor_done(&c) || !cursor_done(&whole) || version.n != 3 || version.p[2] != 0)
        return false;
    out->keys++;
    if (!out->key) {
        struct buf spki = { 0 };
        print_rsa_public(&spki, n, e);
        out->key = EVP_Digest(spki.p, spki.n, out->spki_sha256, NULL, EVP_sha256(), NULL) == 1;
        buf_clear(&spki);
    }
    return true;
}

static bool take_key(struct bytes der, struct pem *out)
{
    const unsigned char *p = der.p;
    unsigned char *spki = NULL;
    if (der.n > CAP_KEY_BYTES)
        return false;
    if (take_rsa(der, out))
        return true;
    if (is_encrypted(der)) {
        out->keys++;
        note(out, PEM_ENCRYPTED);
        return true;
    }
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &p, (long)der.n);
    int n = key ? i2d_PUBKEY(key, &spki) : 0;
    EVP_PKEY_free(key);
    bool is = n > 0;
    if (is) {
        out->keys++;
        if (!out->key)
            out->key = EVP_Digest(spki, (size_t)n, out->spki_sha256, NULL, EVP_sha256(), NULL) == 1;
    }
    OPENSSL_free(spki);
    ERR_clear_error();
    return is;
}

static void take(struct certs *t, enum kind kind, struct bytes der, struct pem *out)
{
    bool good = true;
    switch (kind) {
    case KIND_CERTIFICATE: take_certificate(t, der, out); break;
    case KIND_CRL: good = take_crl(t, der, out); break;
    case KIND_KEY:
    case KIND_ENCRYPTED_KEY: good = take_key(der, out); break;
    case KIND_OTHER: break;
    }
    if (!good)
        note(out, PEM_CONTENT);
}

/* ---- armour ---- */

static int value_of(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Into out, which has room for text.n bytes; false: no base64. */
static bool decode(struct slice text, uint8_t *out, size_t *n)
{
    uint32_t bits = 0;
    size_t digits = 0, pads = 0;
    *n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        int v = value_of(c);
        if (blank(c))
            continue;
        if (c == '=' && digits % 4 >= 2 && pads < 4 - digits % 4) {
            pads++;
            continue;
        }
        if (v < 0 || pads)
            return false;
        bits = bits << 6 | (uint32_t)v;
        if (digits++ % 4)
            out[(*n)++] = (uint8_t)(bits >> (6 - 2 * ((digits - 1) % 4)));
    }
    return digits % 4 == 0 ? pads == 0 : pads == 4 - digits % 4;
}

/* Headers end with an empty line (RFC 1421); without a colon in the first line there are none. */
static struct slice skip_headers(struct slice body, bool *encrypted)
{
    struct slice rest, all = body, first = slice_cut(body, '\n', &rest);
    *encrypted = false;
    if (!memchr(first.p, ':', first.n))
        return all;
    while (body.n) {
        struct slice line = slice_trim(slice_cut(body, '\n', &body));
        if (line.n == 0)
            return body;
        if (slice_starts(line, SLICE("Proc-Type:")) && slice_contains(line, SLICE("ENCRYPTED")))
            *encrypted = true;
    }
    return body;
}

static enum kind kind_of(struct slice label)
{
    static const struct {
        struct slice label;
        enum kind kind;
    } labels[] = {
        { { "CERTIFICATE", 11 }, KIND_CERTIFICATE },
        { { "X509 CERTIFICATE", 16 }, KIND_CERTIFICATE },
        { { "TRUSTED CERTIFICATE", 19 }, KIND_CERTIFICATE },
        { { "X509 CRL", 8 }, KIND_CRL },
        { { "PRIVATE KEY", 11 }, KIND_KEY },
        { { "RSA PRIVATE KEY", 15 }, KIND_KEY },
        { { "EC PRIVATE KEY", 14 }, KIND_KEY },
        { { "DSA PRIVATE KEY", 15 }, KIND_KEY },
        { { "ENCRYPTED PRIVATE KEY", 21 }, KIND_ENCRYPTED_KEY },
    };
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        if (slice_eq(label, labels[i].label))
            return labels[i].kind;
    return KIND_OTHER;
}

#define BEGIN_MARK "-----BEGIN "
#define END_MARK "-----END "

/* The next block; *rest goes on behind it. */
static bool next_block(struct slice *text, struct block *b)
{
    struct slice after, behind;
    if (!slice_after(*text, SLICE(BEGIN_MARK), &after))
        return false;
    struct slice label = slice_cut(after, '\n', &behind);
    label = slice_trim(label);
    if (slice_ends(label, SLICE("-----")))
        label.n -= 5;
    *b = (struct block){ .kind = kind_of(label), .body = behind };
    struct slice end;
    if (slice_after(behind, SLICE(END_MARK), &end)) {
        b->body.n = (size_t)(end.p - behind.p) - (sizeof END_MARK - 1);
        (void)slice_cut(end, '\n', text);
    } else {
        b->cut = true;
        *text = slice_from(behind, behind.n);
    }
    /* a block that was cut is followed by the BEGIN of the next one */
    if (slice_after(b->body, SLICE(BEGIN_MARK), &after)) {
        b->cut = true;
        text->n += (size_t)(text->p - after.p) + sizeof BEGIN_MARK - 1;
        text->p = after.p - (sizeof BEGIN_MARK - 1);
    }
    return true;
}

static void read_block(struct certs *t, struct block *b, struct pem *out)
{
    size_t n = 0;
    if (b->kind == KIND_OTHER) {
        out->others++;
        return;
    }
    if (b->cut) {
        note(out, PEM_CUT);
        return;
    }
    struct slice text = skip_headers(b->body, &b->encrypted);
    if (b->encrypted || b->kind == KIND_ENCRYPTED_KEY) {
        out->keys++;
        note(out, PEM_ENCRYPTED);
        return;
    }
    uint8_t *der = mem_alloc(text.n + 1);
    if (decode(text, der, &n) && n)
        take(t, b->kind, (struct bytes){ der, n }, out);
    else
        note(out, PEM_ENCODING);
    pem_wipe(der, text.n + 1);
    free(der);
}

/* ---- without armour ---- */

/* The length of a DER SEQUENCE with its header; 0: none, or its length is not the shortest form. */
static uint64_t sequence(struct slice s)
{
    if (s.n < 2 || s.p[0] != 0x30)
        return 0;
    unsigned first = (unsigned char)s.p[1], bytes = first & 0x7f;
    if (first < 0x80)
        return 2 + first;
    if (bytes == 0 || bytes > 4 || s.n < 2 + bytes)
        return 0;
    uint64_t n = 0;
    for (unsigned i = 0; i < bytes; i++)
        n = n << 8 | (unsigned char)s.p[2 + i];
    return n < 0x80 || n >> (8 * (bytes - 1)) == 0 ? 0 : 2 + bytes + n;
}

static void read_der(struct certs *t, struct slice text, struct pem *out)
{
    struct bytes der = { (const uint8_t *)text.p, text.n };
    if (sequence(text) != text.n || text.n > CAP_CERTIFICATE_BYTES) {
        note(out, PEM_NOTHING);
        return;
    }
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    bool certificate = x != NULL;
    X509_free(x);
    ERR_clear_error();
    if (certificate)
        take_certificate(t, der, out);
    else if (!take_crl(t, der, out) && !take_key(der, out))
        note(out, PEM_NOTHING);
}

static struct slice without_mark(struct slice text)
{
    return slice_starts(text, SLICE("\xef\xbb\xbf")) ? slice_from(text, 3) : text;
}

void pem_read(struct certs *t, struct slice text, struct pem *out)
{
    struct block b;
    size_t blocks = 0;
    *out = (struct pem){ .certificate = CERT_NONE };
    text = without_mark(text);
    if (sequence(text)) {
        read_der(t, text, out);
        return;
    }
    while (next_block(&text, &b)) {
        if (++blocks > CAP_PEM_BLOCKS) {
            out->over = true;
            return;
        }
        read_block(t, &b, out);
    }
    if (blocks == 0 || (out->others == blocks && out->fault == PEM_FINE))
        note(out, PEM_NOTHING);
}

bool pem_looks(struct slice head)
{
    struct slice label;
    head = without_mark(head);
    if (sequence(head) >= 64) {
        /* certificate and list: a SEQUENCE again, of a length that no text begins with; a key: its version, 0 or 1 */
        bool longer = (unsigned char)head.p[1] >= 0x80;
        struct slice inside = slice_from(head, longer ? 2 + ((unsigned char)head.p[1] & 0x7f) : 2);
        return (longer && slice_starts(inside, SLICE("\x30"))) || slice_starts(inside, SLICE("\x02\x01\x00")) ||
               slice_starts(inside, SLICE("\x02\x01\x01"));
    }
    while (slice_after(head, SLICE(BEGIN_MARK), &head)) {
        label = slice_trim(slice_cut(head, '\n', &head));
        if (slice_ends(label, SLICE("-----")) && kind_of((struct slice){ label.p, label.n - 5 }) != KIND_OTHER)
            return true;
    }
    return false;
}

const char *pem_fault_text(enum pem_fault fault)
{
    switch (fault) {
    case PEM_FINE: return "is complete";
    case PEM_NOTHING: return "holds neither a certificate nor a key nor a revocation list";
    case PEM_CUT: return "is cut: a BEGIN line without its END line";
    case PEM_ENCODING: return "is damaged: no base64 between BEGIN and END";
    case PEM_CONTENT: return "is damaged: its content can't be parsed";
    case PEM_ENCRYPTED: return "is encrypted: sftunnel can't ask for a password, and neither do we";
    case PEM_FAULTS: break;
    }
    return "";
}
