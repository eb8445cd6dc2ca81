/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes the certificates of the laboratory's appliances, in PEM:
 *
 *     labpki key FILE
 *     labpki ca UUID FROM TO v1|v3 CERT KEY            an InternalCA with serial number 0 and a new key
 *     labpki leaves CACERT CAKEY FROM TO < LIST        for each line "UUID SERIAL KEYFROM CERT KEY" a certificate with
 * its key
 *
 * Times are Unix seconds. KEYFROM is a PEM file whose key is taken (making one is what takes time), or "-" for a new
 * one.
 */
#include "tests/bench/capgen_pki.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MOST 1024

static FILE *must_open(const char *path, const char *how)
{
    FILE *f = fopen(path, how);
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void must_close(FILE *f, const char *path)
{
    if (ferror(f) | fclose(f)) {
        perror(path);
        exit(1);
    }
}

static void write_cert(const char *path, X509 *cert)
{
    FILE *f = must_open(path, "we");
    if (!PEM_write_X509(f, cert))
        pki_die("a certificate can't be written");
    must_close(f, path);
}

static void write_key(const char *path, EVP_PKEY *key)
{
    FILE *f = must_open(path, "we");
    if (!PEM_write_PKCS8PrivateKey(f, key, NULL, NULL, 0, NULL, NULL))
        pki_die("a key can't be written");
    must_close(f, path);
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *f = must_open(path, "re");
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    if (!key)
        pki_die("a key can't be read");
    return key;
}

static X509 *read_cert(const char *path)
{
    FILE *f = must_open(path, "re");
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    if (!cert)
        pki_die("a certificate can't be read");
    return cert;
}

static struct validity validity(const char *from, const char *to)
{
    return (struct validity){ strtoll(from, NULL, 10), strtoll(to, NULL, 10) };
}

static void make_ca(char **a)
{
    struct identity ca = pki_ca(a[0], validity(a[1], a[2]), strcmp(a[3], "v1") == 0);
    write_cert(a[4], ca.cert);
    write_key(a[5], ca.key);
    pki_clear(&ca);
}

static void make_leaves(char **a)
{
    char uuid[64], from[PATH_MOST], cert[PATH_MOST], key[PATH_MOST], line[4 * PATH_MOST];
    long serial;
    struct identity ca = { read_cert(a[0]), read_key(a[1]) };
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%63s %ld %1023s %1023s %1023s", uuid, &serial, from, cert, key) != 5)
            pki_die("a line is not UUID SERIAL KEYFROM CERT KEY");
        EVP_PKEY *own = strcmp(from, "-") == 0 ? pki_key() : read_key(from);
        struct identity leaf = pki_leaf_of(&ca, own, uuid, validity(a[2], a[3]), serial);
        write_cert(cert, leaf.cert);
        write_key(key, leaf.key);
        pki_clear(&leaf);
    }
    pki_clear(&ca);
}

int main(int argc, char **argv)
{
    umask(022);
    if (argc == 3 && strcmp(argv[1], "key") == 0) {
        EVP_PKEY *key = pki_key();
        write_key(argv[2], key);
        EVP_PKEY_free(key);
    } else if (argc == 8 && strcmp(argv[1], "ca") == 0) {
        make_ca(argv + 2);
    } else if (argc == 6 && strcmp(argv[1], "leaves") == 0) {
        make_leaves(argv + 2);
    } else {
        fputs("usage: labpki key FILE | ca UUID FROM TO v1|v3 CERT KEY | leaves CACERT CAKEY FROM TO\n", stderr);
        return 64;
    }
    return 0;
}
