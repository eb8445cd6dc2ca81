/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/diagnosis/cert.h"

#include "base/caps.h"
#include "base/civil.h"
#include "base/mem.h"
#include "base/strings.h"

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <time.h>

#define LEVEL_2_BITS 112 /* what OpenSSL's security level 2 asks of keys and digests */
#define KEPT_PARSED 4096 /* certificates that stay parsed; more are parsed again for each signature */
#define SERIAL_BYTES 64  /* of a serial number that are shown; RFC 5280 allows 20 */

/* A distinguished name that was seen. */
struct dn {
    uint32_t name; /* equal ones share it */
    char *text;
};

struct certs {
    struct strings *ders; /* DER -> number */
    struct cert *all;     /* [number - 1] */
    X509 **parsed;        /* likewise; NULL: unreadable, or beyond KEPT_PARSED */
    size_t count, capacity, parsed_capacity;
    struct strings *dns; /* DER of a DN -> number */
    struct dn *dn;       /* [number - 1] */
    size_t dn_capacity;
    struct strings *names;    /* canonical form of a DN -> name */
    struct strings *pairs;    /* (of, issuer) -> number */
    enum cert_signature *sig; /* [number - 1] */
    size_t sig_capacity;
    struct strings *crls; /* DER of a revocation list -> number */
    X509_CRL *crl;        /* the one that was asked for last, parsed */
    uint32_t crl_number;
    uint64_t bytes, over_cap;
};

static struct slice as_slice(struct bytes b)
{
    return (struct slice){ (const char *)b.p, b.n };
}

struct certs *certs_new(void)
{
    struct certs *t = mem_zalloc(1, sizeof *t);
    t->ders = strings_new(CAP_CERTIFICATES);
    t->dns = strings_new(CAP_CERTIFICATES * 2);
    t->names = strings_new(CAP_CERTIFICATES * 2);
    t->pairs = strings_new(UINT32_MAX);
    t->crls = strings_new(CAP_CERTIFICATES);
    return t;
}

void certs_free(struct certs *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++) {
        struct cert *c = &t->all[i];
        free(c->serial);
        free(c->signature);
        free(c->key);
        free(c->ca_uuid);
        X509_free(t->parsed[i]);
    }
    for (size_t i = 0; i < strings_count(t->dns); i++)
        free(t->dn[i].text);
    free(t->all);
    free(t->parsed);
    free(t->dn);
    free(t->sig);
    strings_free(t->ders);
    strings_free(t->dns);
    strings_free(t->names);
    strings_free(t->pairs);
    strings_free(t->crls);
    X509_CRL_free(t->crl);
    free(t);
}

/* ---- names ---- */

/* Parses n bytes and not one less or more. */
static X509_NAME *parse_dn(struct bytes dn)
{
    const unsigned char *p = dn.p;
    X509_NAME *name = dn.n <= CAP_CERTIFICATE_BYTES ? d2i_X509_NAME(NULL, &p, (long)dn.n) : NULL;
    if (name && p != dn.p + dn.n) {
        X509_NAME_free(name);
        name = NULL;
    }
    ERR_clear_error();
    return name;
}

/* RFC 4514 escaping, as far as one line needs it; a NUL would end our strings. */
static void put_value(struct buf *b, const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x20 || p[i] == 0x7f)
            buf_printf(b, "\\%02X", p[i]);
        else if (strchr(",+\"\\;", p[i]))
            buf_printf(b, "\\%c", p[i]);
        else
            buf_putc(b, (char)p[i]);
    }
}

static void put_entry(struct buf *b, const X509_NAME_ENTRY *entry)
{
    const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
    const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
    int nid = OBJ_obj2nid(type);
    char oid[80];
    unsigned char *utf8 = NULL;
    if (nid == NID_undef)
        OBJ_obj2txt(oid, sizeof oid, type, 1);
    buf_printf(b, "%s=", nid == NID_undef ? oid : OBJ_nid2sn(nid));
    int n = ASN1_STRING_to_UTF8(&utf8, value);
    if (n >= 0) {
        put_value(b, utf8, (size_t)n);
    } else { /* no text: RFC 4514, 2.4 */
        buf_putc(b, '#');
        for (int i = 0; i < ASN1_STRING_length(value) && i < CAP_NAME_BYTES; i++)
            buf_printf(b, "%02X", ASN1_STRING_get0_data(value)[i]);
    }
    OPENSSL_free(utf8);
}

/* At most `most` bytes, never half a character. */
static void cut(struct buf *b, size_t from, size_t most)
{
    if (b->n - from <= most)
        return;
    size_t n = from + most;
    while (n > from && ((unsigned char)b->p[n] & 0xc0) == 0x80)
        n--;
    b->n = n;
    buf_puts(b, "...");
}

static void print_name(struct buf *b, const X509_NAME *name)
{
    size_t from = b->n;
    int set = 0, count = X509_NAME_entry_count(name);
    for (int i = 0; i < count && b->n - from <= CAP_DN_BYTES; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        if (i)
            buf_puts(b, X509_NAME_ENTRY_set(entry) == set ? " + " : ", ");
        set = X509_NAME_ENTRY_set(entry);
        put_entry(b, entry);
    }
    cut(b, from, CAP_DN_BYTES);
    ERR_clear_error();
}

/* Text is compared without case, and without blanks that don't matter: asn1_string_canon() of OpenSSL's x_name.c. */
static void put_canonical(struct buf *b, const unsigned char *p, size_t n)
{
    while (n && strchr(" \t\n\v\f\r", p[0]) && p[0]) {
        p++;
        n--;
    }
    while (n && strchr(" \t\n\v\f\r", p[n - 1]) && p[n - 1])
        n--;
    for (size_t i = 0; i < n; i++) {
        bool blank = p[i] && strchr(" \t\n\v\f\r", p[i]);
        if (blank && strchr(" \t\n\v\f\r", p[i - 1]) && p[i - 1])
            continue;
        buf_putc(b, blank ? ' ' : p[i] >= 'A' && p[i] <= 'Z' ? (char)(p[i] | 0x20) : (char)p[i]);
    }
}

static void canonical(struct buf *b, const X509_NAME *name)
{
    int count = X509_NAME_entry_count(name);
    buf_putc(b, 'N'); /* no DN is nothing at all */
    for (int i = 0; i < count; i++) {
        const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        const ASN1_OBJECT *type = X509_NAME_ENTRY_get_object(entry);
        const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);
        bool text = ASN1_tag2bit(ASN1_STRING_type(value)) &
                    (B_ASN1_UTF8STRING | B_ASN1_BMPSTRING | B_ASN1_UNIVERSALSTRING | B_ASN1_PRINTABLESTRING |
                        B_ASN1_T61STRING | B_ASN1_IA5STRING | B_ASN1_VISIBLESTRING);
        unsigned char *utf8 = NULL;
        struct buf v = { 0 };
        int n = text ? ASN1_STRING_to_UTF8(&utf8, value) : -1;
        if (n >= 0)
            put_canonical(&v, utf8, (size_t)n);
        else
            buf_put(&v, ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
        buf_printf(b, "%d %d %zu ", X509_NAME_ENTRY_set(entry), n >= 0 ? 0 : ASN1_STRING_type(value), v.n);
        buf_put(b, OBJ_get0_data(type), OBJ_length(type));
        buf_putc(b, '=');
        buf_slice(b, buf_as_slice(&v));
        buf_clear(&v);
        OPENSSL_free(utf8);
    }
}

/* The number of a DN in t->dn, from 1 on; 0 beyond the caps. */
static uint32_t add_dn(struct certs *t, struct bytes der)
{
    uint32_t known = strings_find(t->dns, as_slice(der));
    if (known || der.n == 0)
        return known;
    if (t->bytes + der.n > CAP_CERTIFICATES_BYTES || der.n > CAP_CERTIFICATE_BYTES)
        return 0;
    uint32_t id = strings_add(t->dns, as_slice(der));
    if (!id)
        return 0;
    t->bytes += der.n;
    t->dn = mem_grow(t->dn, &t->dn_capacity, id, sizeof *t->dn);
    struct buf text = { 0 }, canon = { 0 };
    X509_NAME *name = parse_dn(der);
    if (name)
        canonical(&canon, name);
    uint32_t number = strings_add(t->names, buf_as_slice(&canon));
    cert_print_dn(&text, der);
    t->dn[id - 1] = (struct dn){ number ? number : CERT_NAME_NONE, buf_take(&text) };
    buf_clear(&canon);
    X509_NAME_free(name);
    ERR_clear_error();
    return id;
}

uint32_t certs_name(struct certs *t, struct bytes dn)
{
    uint32_t id = add_dn(t, dn);
    return id ? t->dn[id - 1].name : CERT_NAME_NONE;
}

const char *certs_name_text(struct certs *t, struct bytes dn)
{
    uint32_t id = add_dn(t, dn);
    return id ? t->dn[id - 1].text : "(unreadable name)";
}

void cert_print_dn(struct buf *b, struct bytes dn)
{
    X509_NAME *name = parse_dn(dn);
    if (name)
        print_name(b, name);
    else
        buf_puts(b, "(unreadable name)");
    buf_put(b, "", 0);
    X509_NAME_free(name);
}

static struct bytes name_der(const X509_NAME *name)
{
    const unsigned char *p = NULL;
    size_t n = 0;
    return X509_NAME_get0_der(name, &p, &n) == 1 ? (struct bytes){ p, n } : (struct bytes){ NULL, 0 };
}

/* The first value of this type as text; the caller frees it by OPENSSL_free(). */
static unsigned char *name_value(const X509_NAME *name, int nid, struct slice *text)
{
    unsigned char *utf8 = NULL;
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    int n = at < 0 ? -1 : ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    *text = n < 0 ? (struct slice){ "", 0 } : (struct slice){ (const char *)utf8, (size_t)n };
    return utf8;
}

static bool is_internal_ca(const X509_NAME *name)
{
    struct slice title;
    unsigned char *utf8 = name_value(name, NID_title, &title);
    bool is = slice_eq(title, SLICE("InternalCA"));
    OPENSSL_free(utf8);
    return is;
}

static char *uuid_of(const X509_NAME *name)
{
    struct slice cn;
    unsigned char *utf8 = name_value(name, NID_commonName, &cn);
    char *uuid = slice_is_uuid(cn) ? mem_strndup(cn.p, cn.n) : NULL;
    OPENSSL_free(utf8);
    return uuid;
}

/* ---- one certificate ---- */

static char *serial_text(const ASN1_INTEGER *serial)
{
    struct buf b = { 0 };
    int n = ASN1_STRING_length(serial);
    const unsigned char *p = ASN1_STRING_get0_data(serial);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        buf_putc(&b, '-');
    if (n == 0)
        buf_puts(&b, "00");
    for (int i = 0; i < n && i < SERIAL_BYTES; i++)
        buf_printf(&b, "%02X", p[i]);
    if (n > SERIAL_BYTES)
        buf_puts(&b, "...");
    return buf_take(&b);
}

static int64_t unix_time(const ASN1_TIME *t)
{
    struct tm tm = { 0 };
    if (!t || !ASN1_TIME_to_tm(t, &tm))
        return CERT_TIME_NONE;
    unsigned second = (unsigned)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec);
    return civil_unix(civil_pack(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday, second));
}

static char *object_text(const ASN1_OBJECT *o)
{
    char oid[80];
    int nid = OBJ_obj2nid(o);
    if (nid == NID_undef)
        OBJ_obj2txt(oid, sizeof oid, o, 1);
    return mem_strdup(nid == NID_undef ? oid : OBJ_nid2ln(nid));
}

static void read_key(struct cert *c, X509 *x)
{
    struct buf b = { 0 };
    char curve[80];
    size_t n = 0;
    const EVP_PKEY *key = X509_get0_pubkey(x);
    ASN1_OBJECT *algorithm = NULL;
    if (!key) {
        X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, X509_get_X509_PUBKEY(x));
        c->key = object_text(algorithm);
        return;
    }
    int bits = EVP_PKEY_get_bits(key);
    c->key_bits = bits > 0 && bits <= UINT16_MAX ? (uint16_t)bits : 0;
    c->weak_key = EVP_PKEY_get_security_bits(key) < LEVEL_2_BITS;
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: buf_printf(&b, "RSA %d", bits); break;
    case EVP_PKEY_RSA_PSS: buf_printf(&b, "RSA-PSS %d", bits); break;
    case EVP_PKEY_DSA: buf_printf(&b, "DSA %d", bits); break;
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(key, curve, sizeof curve, &n) == 1)
            buf_printf(&b, "EC %s", curve);
        else
            buf_printf(&b, "EC %d", bits);
        break;
    default: buf_puts(&b, OBJ_nid2sn(EVP_PKEY_get_base_id(key))); break;
    }
    c->key = buf_take(&b);
}

static void read_signature(struct cert *c, X509 *x)
{
    const X509_ALGOR *algorithm = NULL;
    const ASN1_OBJECT *o = NULL;
    int digest = NID_undef, bits = 0;
    X509_get0_signature(NULL, &algorithm, x);
    X509_ALGOR_get0(&o, NULL, NULL, algorithm);
    c->signature = object_text(o);
    if (X509_get_signature_info(x, NULL, NULL, &bits, NULL) == 1)
        c->weak_digest = bits < LEVEL_2_BITS;
    else /* digests that the library no longer has */
        c->weak_digest = OBJ_find_sigid_algs(OBJ_obj2nid(o), &digest, NULL) && (digest == NID_md2 || digest == NID_md4);
}

static void hash(uint8_t out[CERT_HASH], const void *p, size_t n)
{
    EVP_Digest(p, n, out, NULL, EVP_sha256(), NULL);
}

static void read_names(struct certs *t, struct cert *c, X509 *x)
{
    const X509_NAME *subject = X509_get_subject_name(x), *issuer = X509_get_issuer_name(x);
    struct bytes der[2] = { name_der(subject), name_der(issuer) };
    c->subject_name = certs_name(t, der[0]);
    c->issuer_name = certs_name(t, der[1]);
    c->subject = certs_name_text(t, der[0]);
    c->issuer = certs_name_text(t, der[1]);
    c->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    c->internal_ca = is_internal_ca(subject);
    c->by_internal_ca = is_internal_ca(issuer);
    if (c->internal_ca)
        c->ca_uuid = uuid_of(subject);
    else if (c->by_internal_ca)
        c->ca_uuid = uuid_of(issuer);
}

static void read_certificate(struct certs *t, struct cert *c, X509 *x)
{
    unsigned char *spki = NULL;
    int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
    long version = X509_get_version(x);
    hash(c->spki_sha256, spki, n > 0 ? (size_t)n : 0);
    OPENSSL_free(spki);
    read_names(t, c, x);
    c->serial = serial_text(X509_get0_serialNumber(x));
    c->not_before = unix_time(X509_get0_notBefore(x));
    c->not_after = unix_time(X509_get0_notAfter(x));
    c->version = version >= 0 && version < 3 ? (uint8_t)(version + 1) : 0;
    read_key(c, x);
    read_signature(c, x);
}

static X509 *parse(struct bytes der)
{
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.n);
    if (x && p != der.p + der.n) {
        X509_free(x);
        x = NULL;
    }
    ERR_clear_error();
    return x;
}

/* ---- the table ---- */

/* Fills the entry `id`, whose DER t->ders keeps. */
static void read_entry(struct certs *t, uint32_t id)
{
    struct cert *c = &t->all[id];
    X509 *x = parse(c->der);
    hash(c->sha256, c->der.p, c->der.n);
    if (!x) {
        c->unreadable = true;
        c->subject = c->issuer = "";
        c->subject_name = c->issuer_name = CERT_NAME_NONE;
        c->serial = mem_strdup("");
        c->signature = mem_strdup("");
        c->key = mem_strdup("");
        c->not_before = c->not_after = CERT_TIME_NONE;
        return;
    }
    read_certificate(t, c, x);
    t->parsed[id] = id < KEPT_PARSED ? x : NULL;
    if (id >= KEPT_PARSED)
        X509_free(x);
    c->self_signed = c->self_issued && certs_signed_by(t, id, id) == CERT_SIGNED;
    if (c->self_signed)
        c->weak_digest = false;
    ERR_clear_error();
}

uint32_t certs_add(struct certs *t, struct bytes der)
{
    uint32_t number = strings_find(t->ders, as_slice(der));
    if (number)
        return number - 1;
    if (der.n == 0)
        return CERT_NONE;
    if (der.n <= CAP_CERTIFICATE_BYTES && t->bytes + der.n <= CAP_CERTIFICATES_BYTES)
        number = strings_add(t->ders, as_slice(der));
    if (!number) {
        t->over_cap++;
        return CERT_NONE;
    }
    t->bytes += der.n;
    t->all = mem_grow(t->all, &t->capacity, number, sizeof *t->all);
    t->parsed = mem_grow(t->parsed, &t->parsed_capacity, number, sizeof *t->parsed);
    struct slice kept = strings_get(t->ders, number);
    t->all[number - 1] = (struct cert){ .der = { (const uint8_t *)kept.p, kept.n } };
    t->parsed[number - 1] = NULL;
    t->count = number;
    read_entry(t, number - 1);
    return number - 1;
}

uint64_t certs_over_cap(const struct certs *t)
{
    return t->over_cap;
}

const struct cert *certs_get(const struct certs *t, uint32_t id)
{
    return &t->all[id];
}

uint32_t certs_count(const struct certs *t)
{
    return (uint32_t)t->count;
}

/* ---- signatures ---- */

static X509 *borrow(const struct certs *t, uint32_t id)
{
    X509 *x = t->parsed[id];
    if (x)
        X509_up_ref(x);
    return x || t->all[id].unreadable ? x : parse(t->all[id].der);
}

/* Can the digest of this signature be computed here at all? */
static bool digest_available(const X509 *x)
{
    int digest = NID_undef, key = NID_undef;
    if (!OBJ_find_sigid_algs(X509_get_signature_nid(x), &digest, &key))
        return false;
    if (digest == NID_undef) /* the algorithm has it in itself: RSA-PSS, Ed25519 */
        return true;
    EVP_MD *md = EVP_MD_fetch(NULL, OBJ_nid2sn(digest), NULL);
    EVP_MD_free(md);
    return md != NULL;
}

static enum cert_signature verify(const struct certs *t, uint32_t of, uint32_t issuer)
{
    enum cert_signature result = CERT_SIGNATURE_UNKNOWN;
    X509 *x = borrow(t, of), *ca = borrow(t, issuer);
    EVP_PKEY *key = ca ? X509_get0_pubkey(ca) : NULL;
    if (x && key && digest_available(x))
        result = X509_verify(x, key) == 1 ? CERT_SIGNED : CERT_NOT_SIGNED;
    X509_free(x);
    X509_free(ca);
    ERR_clear_error();
    return result;
}

enum cert_signature certs_signed_by(struct certs *t, uint32_t of, uint32_t issuer)
{
    const uint32_t pair[2] = { of, issuer };
    const struct slice key = { (const char *)pair, sizeof pair };
    uint32_t number = strings_find(t->pairs, key);
    if (number)
        return t->sig[number - 1];
    number = strings_add(t->pairs, key);
    t->sig = mem_grow(t->sig, &t->sig_capacity, number, sizeof *t->sig);
    return t->sig[number - 1] = verify(t, of, issuer);
}

/* ---- revocation lists ---- */

static X509_CRL *parse_crl(struct bytes der)
{
    const unsigned char *p = der.p;
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.n);
    if (crl && p != der.p + der.n) {
        X509_CRL_free(crl);
        crl = NULL;
    }
    ERR_clear_error();
    return crl;
}

static X509_CRL *borrow_crl(struct certs *t, uint32_t number)
{
    if (number != t->crl_number) {
        struct slice der = strings_get(t->crls, number);
        X509_CRL_free(t->crl);
        t->crl = parse_crl((struct bytes){ (const uint8_t *)der.p, der.n });
        t->crl_number = number;
    }
    return t->crl;
}

uint32_t certs_add_crl(struct certs *t, struct bytes der)
{
    uint32_t number = strings_find(t->crls, as_slice(der));
    if (number || der.n == 0)
        return number;
    if (der.n > CAP_PEM_BYTES || t->bytes + der.n > CAP_CERTIFICATES_BYTES) {
        t->over_cap++;
        return 0;
    }
    X509_CRL *crl = parse_crl(der);
    if (!crl)
        return 0;
    number = strings_add(t->crls, as_slice(der));
    if (!number) {
        X509_CRL_free(crl);
        t->over_cap++;
        return 0;
    }
    t->bytes += der.n;
    X509_CRL_free(t->crl);
    t->crl = crl; /* transferred */
    t->crl_number = number;
    return number;
}

int64_t certs_crl_made(struct certs *t, uint32_t number)
{
    return unix_time(X509_CRL_get0_lastUpdate(borrow_crl(t, number)));
}

int64_t certs_crl_next(struct certs *t, uint32_t number)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(borrow_crl(t, number));
    return next ? unix_time(next) : 0;
}

uint32_t certs_crl_issuer(struct certs *t, uint32_t number)
{
    const unsigned char *der = NULL;
    size_t n = 0;
    X509_CRL *crl = borrow_crl(t, number);
    if (!crl || !X509_NAME_get0_der(X509_CRL_get_issuer(crl), &der, &n))
        return CERT_NAME_NONE;
    return certs_name(t, (struct bytes){ der, n });
}

enum cert_signature certs_crl_signed_by(struct certs *t, uint32_t number, uint32_t issuer)
{
    X509_CRL *crl = borrow_crl(t, number);
    X509 *ca = borrow(t, issuer);
    EVP_PKEY *key = ca ? X509_get0_pubkey(ca) : NULL;
    enum cert_signature result = CERT_SIGNATURE_UNKNOWN;
    if (crl && key)
        result = X509_CRL_verify(crl, key) == 1 ? CERT_SIGNED : CERT_NOT_SIGNED;
    X509_free(ca);
    ERR_clear_error();
    return result;
}

bool certs_crl_holds(struct certs *t, uint32_t number, uint32_t certificate)
{
    X509_CRL *crl = borrow_crl(t, number);
    X509 *x = borrow(t, certificate);
    X509_REVOKED *entry = NULL;
    /* 1: listed; 2: listed as taken off it again (RFC 5280 5.3.1) */
    bool holds = crl && x && X509_CRL_get0_by_serial(crl, &entry, X509_get_serialNumber(x)) == 1;
    X509_free(x);
    ERR_clear_error();
    return holds;
}

/* ---- printing ---- */

void cert_print_pem(struct buf *b, struct bytes der)
{
    unsigned char line[4 * 16 + 1];
    buf_puts(b, "-----BEGIN CERTIFICATE-----\n");
    for (size_t at = 0; at < der.n; at += 48) {
        size_t n = der.n - at < 48 ? der.n - at : 48;
        buf_put(b, line, (size_t)EVP_EncodeBlock(line, der.p + at, (int)n));
        buf_putc(b, '\n');
    }
    buf_puts(b, "-----END CERTIFICATE-----\n");
}

void cert_print_hash(struct buf *b, const uint8_t digest[CERT_HASH])
{
    static const char hex[] = "0123456789abcdef";
    char text[CERT_HASH * 2];
    for (size_t i = 0; i < CERT_HASH; i++) {
        text[2 * i] = hex[digest[i] >> 4];
        text[2 * i + 1] = hex[digest[i] & 15];
    }
    buf_put(b, text, sizeof text);
}

const char *cert_library(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
