/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rootgen DIR PEERS: the disk of an FMC with so many peers, DIR/root, and the output of its status command, DIR/status:
 * every other tunnel is up. What was made is printed as JSON.
 */
#include "tests/bench/capgen_pki.h"

#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define KEYS 8
#define PEERS_MOST 65536
#define PATH_BYTES 4096
#define DAYS_LEFT 60
#define SET_FILES 3

static const char *top;

/* Below the root, with its folders. */
static FILE *create(const char *path)
{
    char full[PATH_BYTES];
    if (snprintf(full, sizeof full, "%s/%s", top, path) >= (int)sizeof full)
        pki_die("a path is too long");
    for (char *slash = full + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = '\0';
        if (mkdir(full, 0755) != 0 && errno != EEXIST)
            pki_die(full);
    }
    FILE *f = fopen(full, "we");
    if (!f)
        pki_die(full);
    return f;
}

static void end(FILE *f)
{
    if (fclose(f) != 0)
        pki_die("a file can't be written");
}

static void write_cert(const char *path, X509 *x)
{
    FILE *f = create(path);
    if (!PEM_write_X509(f, x))
        pki_die(path);
    end(f);
}

static void write_key(const char *path, EVP_PKEY *key)
{
    FILE *f = create(path);
    if (!PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL))
        pki_die(path);
    end(f);
}

static void write_set(const char *folder, const struct identity *ca, const struct identity *leaf)
{
    static const char *const names[SET_FILES] = { "cacert.pem", "sftunnel-cert.pem", "sftunnel-key.pem" };
    for (int i = ca ? 0 : 1; i < SET_FILES; i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        if (i == SET_FILES - 1)
            write_key(path, leaf->key);
        else
            write_cert(path, i ? leaf->cert : ca->cert);
    }
}

static void write_own(const struct identity *ca, struct validity when)
{
    struct identity own = pki_leaf_of(ca, pki_key(), PKI_UUID_FMC, when, 1);
    FILE *f = create("root/etc/sf/ims.conf");
    fprintf(
        f, "APPLIANCE_UUID=%s\nMODEL=Secure Firewall Management Center for VMware\nSWVERSION=7.2.5\n", PKI_UUID_FMC);
    end(f);
    write_cert("root/etc/sf/ca_root/cacert.pem", ca->cert);
    write_set("root/etc/sf/keys", NULL, &own);
    pki_clear(&own);
}

static void write_peers(const struct identity *ca, struct validity when, long count)
{
    EVP_PKEY *keys[KEYS];
    for (int i = 0; i < KEYS; i++)
        keys[i] = pki_key();
    FILE *map = create("root/var/sf/peers/PEERS_MAP.JSON"), *status = create("status");
    for (long i = 0; i < count; i++) {
        char uuid[64], folder[PATH_BYTES];
        snprintf(uuid, sizeof uuid, "%08lx-4347-11ef-aca1-f3aa241412a1", i);
        EVP_PKEY_up_ref(keys[i % KEYS]);
        struct identity leaf = pki_leaf_of(ca, keys[i % KEYS], uuid, when, i + 2);
        snprintf(folder, sizeof folder, "root/var/sf/peers/%s", uuid);
        write_set(folder, ca, &leaf);
        strcat(folder, "/certs_pushed");
        write_set(folder, NULL, &leaf);
        pki_clear(&leaf);
        fprintf(map, "%s\"%s\": {\"name\": \"ftd-%ld\", \"ip\": \"10.%ld.%ld.%ld\"}", i ? ",\n" : "{", uuid, i, i >> 16,
            i >> 8 & 255, i & 255);
        fprintf(status, "PEER:10.%ld.%ld.%ld\n", i >> 16, i >> 8 & 255, i & 255);
        fprintf(status, "ChannelA Connected: %s\nRegistration: Completed.\n", i % 2 ? "No" : "Yes");
    }
    fprintf(map, "}\n");
    end(map);
    end(status);
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
}

int main(int argc, char **argv)
{
    char *rest = NULL;
    long count = argc == 3 ? strtol(argv[2], &rest, 10) : 0;
    if (argc != 3 || *rest || count < 1 || count > PEERS_MOST) {
        fprintf(stderr, "usage: rootgen DIR PEERS (1 to %d)\n", PEERS_MOST);
        return 64;
    }
    top = argv[1];
    int64_t now = time(NULL);
    struct validity short_of = { now - 3650LL * PKI_DAY, now + DAYS_LEFT * PKI_DAY + PKI_DAY / 2 };
    struct validity leaf = { now - 3650LL * PKI_DAY, now + 1000LL * PKI_DAY };
    struct identity ca = pki_ca(PKI_UUID_FMC, short_of, true);
    write_own(&ca, leaf);
    write_peers(&ca, leaf, count);
    pki_clear(&ca);
    printf("{\"peers\": %ld, \"certificates\": %ld, \"up\": %ld, \"days\": %d}\n", count, count + 2, (count + 1) / 2,
        DAYS_LEFT);
    return 0;
}
