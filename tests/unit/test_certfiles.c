/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/certfiles.h"
#include "agent/sources/input.h"
#include "base/caps.h"
#include "base/mem.h"
#include "tests/unit/certmaker.h"
#include "tests/unit/sources_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define FMC "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef"
#define FTD "cdb123c8-4347-11ef-aca1-f3aa241412a1"
#define FTD2 "d2d0bd3c-1111-11ed-a56c-0988856d1c7e"
#define BEGIN 1412511416
#define END (BEGIN + 3650LL * 86400)
#define PEERS "root/var/sf/peers/"

static struct maker_key *rsa;
static char *ca, *key;
static struct casefile c;
static struct err e;

static int begin(void **state)
{
    (void)state;
    struct buf b = { 0 };
    rsa = maker_key("RSA", 2048);
    struct bytes der = maker_certificate(&(struct maker_recipe){ .subject = { "InternalCA", FMC, NULL, 0, 0, false },
        .key = rsa,
        .not_before = BEGIN,
        .not_after = END,
        .version = 1 });
    maker_pem(&b, "CERTIFICATE", der);
    ca = buf_take(&b);
    maker_free(der);
    struct bytes k = maker_private(rsa, MAKER_PKCS8);
    key = mem_strndup((const char *)k.p, k.n);
    maker_free(k);
    return 0;
}

static int end(void **state)
{
    (void)state;
    maker_key_free(rsa);
    free(ca);
    free(key);
    return 0;
}

static int place(void **state)
{
    (void)state;
    make_place();
    c = (struct casefile){ .now = BEGIN };
    return 0;
}

static int gone(void **state)
{
    (void)state;
    casefile_clear(&c);
    make_gone();
    return 0;
}

/* Its state is DISK_STATES when there is none. */
static const struct disk_fact *fact(const char *path)
{
    static const struct disk_fact none = { .place = DISK_PLACES, .state = DISK_STATES, .why = "" };
    for (size_t i = 0; i < c.disk_count; i++)
        if (strcmp(c.disks[i].path, path) == 0)
            return &c.disks[i];
    return &none;
}

static void read_root(void)
{
    assert_int_equal(certfiles_root(&c, made("root"), 7, NULL, &e), ERR_OK);
    for (size_t i = 0; i < c.disk_count; i++)
        assert_int_equal(c.disks[i].unit, 7);
}

static void a_manager(void **state)
{
    (void)state;
    make_file("root/etc/sf/ims.conf", SLICE("APPLIANCE_UUID=" FMC "\nMODEL=Secure Firewall Management Center\n"));
    make_file("root/etc/sf/sftunnel.conf", SLICE("proxyssl {\n proxy_cacert /opt/ca.pem;\n}\n"));
    make_file("root/opt/ca.pem", slice_of(ca));
    const char *own = make_file("root/etc/sf/keys/sftunnel-key.pem", slice_of(key));
    assert_int_equal(chmod(own, 0640), 0);
    make_file(PEERS FTD "/sftunnel-key.pem", slice_of(key));
    make_file(PEERS FTD "/sftunnel-cert.pem", slice_of(ca));
    make_file(PEERS FTD "/certs_pushed/sftunnel-cert.pem", slice_of(ca));
    make_file(PEERS FTD "/sftunnel-key.pem\x01\x02", SLICE(""));
    make_file(PEERS FTD "/LL-cert.pem", slice_of(ca));
    make_file(PEERS "lost+found/sftunnel-cert.pem", slice_of(ca));
    read_root();
    const struct disk_fact *f = fact("/opt/ca.pem");
    assert_int_equal(f->place, DISK_CA);
    assert_int_equal(f->state, DISK_READ);
    assert_string_equal(strstr(c.sources[f->source].path, "root/"), "root/opt/ca.pem");
    assert_true(certs_get(c.certs, f->certificate)->internal_ca);
    f = fact("/etc/sf/keys/sftunnel-key.pem");
    assert_true(f->key && f->owner_known);
    assert_int_equal(f->mode, 0640);
    assert_memory_equal(f->spki_sha256, certs_get(c.certs, 0)->spki_sha256, CERT_HASH);
    assert_int_equal(fact("/etc/sf/keys/sftunnel-cert.pem")->state, DISK_ABSENT);
    f = fact("/var/sf/peers/" FTD "/certs_pushed/sftunnel-cert.pem");
    assert_int_equal(f->place, DISK_PUSHED_CERT);
    assert_string_equal(f->peer_uuid, FTD);
    f = fact("/var/sf/peers/" FTD "/sftunnel-key.pem\x01\x02");
    assert_int_equal(f->place, DISK_STRAY);
    assert_int_equal(f->state, DISK_EMPTY);
    assert_true(f->odd_name);
    assert_int_equal(fact("/var/sf/peers/" FTD "/LL-cert.pem")->state, DISK_STATES);
    assert_int_equal(certs_count(c.certs), 1);
    assert_int_equal(c.appliance_count, 1);
    assert_int_equal(c.appliances[0].role, ROLE_FMC);
}

static void what_a_peers_folder_says(void **state)
{
    (void)state;
    const struct timespec then[2] = { { .tv_sec = BEGIN - 60 }, { .tv_sec = BEGIN - 60 } };
    make_file(PEERS FTD "/sw_version", SLICE("7.2.5\n"));
    assert_int_equal(utimensat(AT_FDCWD, make_file(PEERS FTD "/sftunnel-heartbeat", SLICE("1")), then, 0), 0);
    make_file(PEERS "not-a-uuid/sw_version", SLICE("6.4.0\n"));
    make_file(PEERS FTD2 "/sw_version/x", SLICE(""));
    assert_int_equal(mkfifo(made(PEERS FTD2 "/sftunnel-heartbeat"), 0600), 0);
    read_root();
    assert_int_equal(c.peer_count, 2);
    assert_string_equal(c.peers[0].uuid, FTD);
    assert_string_equal(c.peers[0].version, "7.2.5");
    assert_int_equal(c.peers[1].heartbeat, BEGIN - 60);
    assert_int_equal(c.source_count, 2);
    assert_int_equal(c.sources[0].kind, SOURCE_SW_VERSION);
    assert_int_equal(c.sources[1].kind, SOURCE_HEARTBEAT);
    assert_int_equal(c.sources[1].unit, 7);
    assert_int_equal(c.problem_count, 1);
    assert_non_null(strstr(c.problems[0].path, FTD2 "/sw_version"));
    assert_string_equal(c.problems[0].text, "is a folder, not a file");
}

static void a_link_to_a_file_or_a_folder(void **state)
{
    (void)state;
    make_file("root/opt/ca.pem", slice_of(ca));
    make_file("root/opt/pushed/sftunnel-cert.pem", slice_of(ca));
    make_file(PEERS FTD "/sftunnel-cert.pem", slice_of(ca));
    assert_int_equal(symlink("/opt/ca.pem", made(PEERS FTD "/cacert.pem")), 0);
    assert_int_equal(symlink("../../../../opt/pushed", made(PEERS FTD "/certs_pushed")), 0);
    read_root();
    assert_int_equal(fact("/var/sf/peers/" FTD "/cacert.pem")->state, DISK_READ);
    assert_int_equal(fact("/var/sf/peers/" FTD "/sftunnel-cert.pem")->state, DISK_READ);
    assert_int_equal(fact("/var/sf/peers/" FTD "/sftunnel-key.pem")->state, DISK_ABSENT);
    assert_int_equal(fact("/var/sf/peers/" FTD "/certs_pushed/sftunnel-cert.pem")->state, DISK_READ);
}

static void a_firewall_below_ngfw(void **state)
{
    (void)state;
    make_file("root/ngfw/etc/sf/ims.conf", SLICE("APPLIANCE_UUID=" FTD "\nMODEL=Cisco Firepower Threat Defense\n"));
    make_file("root/ngfw/var/sf/peers/" FMC "/cacert.pem", slice_of(ca));
    make_file("root/ngfw/var/sf/peers/" FMC "/sftunnel-cert.pem", SLICE("\n"));
    make_file("root/ngfw/var/sf/peers/PEERS_MAP.JSON", SLICE("{\"" FMC "\":{\"name\":\"fmc\",\"ip\":\"10.1.1.1\"}}"));
    make_file("root/var/x", SLICE(""));
    assert_int_equal(symlink("/ngfw/var/sf", made("root/var/sf")), 0); /* absolute, and yet below the root */
    read_root();
    assert_int_equal(c.disk_count, 3); /* each once, and the key that is missing */
    assert_int_equal(fact("/var/sf/peers/" FMC "/cacert.pem")->place, DISK_PEER_CA);
    assert_int_equal(fact("/var/sf/peers/" FMC "/sftunnel-cert.pem")->state, DISK_EMPTY);
    assert_int_equal(fact("/var/sf/peers/" FMC "/sftunnel-key.pem")->state, DISK_ABSENT);
    assert_int_equal(c.peer_count, 1);
    assert_string_equal(c.peers[0].name, "fmc");
}

/* A hang would be the test's end by the harness; nothing here waits for anything. */
static void hostile_files(void **state)
{
    (void)state;
    enum { BIG = 100 << 20 };
    make_file("root/etc/sf/keys/x", SLICE(""));
    make_file("root/etc/sf/ca_root/cacert.pem/x", SLICE(""));
    assert_int_equal(mkfifo(made("root/etc/sf/keys/sftunnel-key.pem"), 0600), 0);
    assert_int_equal(symlink("sftunnel-cert.pem", made("root/etc/sf/keys/sftunnel-cert.pem")), 0);
    const char *conf = make_file("root/etc/sf/sftunnel.conf", SLICE("proxyssl { proxy_cert /c;"));
    assert_int_equal(truncate(conf, BIG), 0);
    struct buf many = { 0 };
    for (size_t i = 0; i < 10000; i++)
        buf_puts(&many, ca);
    make_file(PEERS FTD "/cacert.pem", buf_as_slice(&many));
    buf_clear(&many);
    make_file(PEERS FTD "/sftunnel-cert.pem", SLICE("-----BEGIN CERTIFICATE-----\nMII"));
    make_file(PEERS FTD "/sftunnel-key.pem", slice_of(ca));
    make_file(PEERS FTD2 "/cacert.pem", slice_of(ca));
    assert_int_equal(symlink("/dev/zero", made(PEERS FTD2 "/sftunnel-cert.pem")), 0);
    assert_int_equal(symlink("../../../../../../../../etc/passwd", made(PEERS FTD2 "/sftunnel-key.pem")), 0);
    read_root();
    static const struct {
        const char *path;
        enum disk_state state;
        const char *why;
    } expected[] = {
        { "/etc/sf/ca_root/cacert.pem", DISK_NOT_A_FILE, "is a folder" },
        { "/etc/sf/keys/sftunnel-key.pem", DISK_NOT_A_FILE, "is a FIFO" },
        { "/etc/sf/sftunnel.conf", DISK_TOO_BIG, "(cap conf-bytes)" },
        { "/var/sf/peers/" FTD "/cacert.pem", DISK_TOO_BIG, "cap pem-b" },
        { "/var/sf/peers/" FTD "/sftunnel-cert.pem", DISK_MALFORMED, "is cut" },
        { "/var/sf/peers/" FTD "/sftunnel-key.pem", DISK_MALFORMED, "holds no private key" },
        { "/var/sf/peers/" FTD2 "/sftunnel-cert.pem", DISK_BAD_LINK,
            "isn't there" }, /* no such device below the root */
        { "/var/sf/peers/" FTD2 "/sftunnel-key.pem", DISK_BAD_LINK, "isn't there" },
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const struct disk_fact *f = fact(expected[i].path);
        assert_int_equal(f->state, expected[i].state);
        if (expected[i].why)
            assert_non_null(strstr(f->why, expected[i].why));
    }
    assert_int_equal(certs_count(c.certs), 1);
}

static void a_link_that_leads_to_itself(void **state)
{
    (void)state;
    make_file("root/etc/sf/ca_root/cacert.pem", slice_of(ca));
    make_file("root/etc/sf/keys/x", SLICE(""));
    assert_int_equal(symlink("sftunnel-cert.pem", made("root/etc/sf/keys/sftunnel-cert.pem")), 0);
    read_root();
    const struct disk_fact *f = fact("/etc/sf/keys/sftunnel-cert.pem");
    assert_int_equal(f->state, DISK_BAD_LINK);
    assert_non_null(strstr(f->why, "leads to itself"));
    assert_int_equal(fact("/etc/sf/ca_root/crl.pem")->state, DISK_STATES); /* need not be there */
    assert_int_equal(certfiles_root(&c, made("nowhere"), 8, NULL, &e), ERR_NOINPUT);
}

/* ---- what is come across ---- */

static void read_path(const char *path)
{
    struct input_options o = { .workers = 1 };
    assert_int_equal(input_read(&path, 1, &o, &c, &e), ERR_OK);
}

static void in_a_folder_and_in_an_archive(void **state)
{
    (void)state;
    make_file("case/fmc/etc/sf/ca_root/cacert.pem", slice_of(ca));
    make_file("case/ftd/ngfw/var/sf/peers/" FMC "/cacert.pem", slice_of(ca));
    make_file("case/ftd/ngfw/var/sf/peers/" FMC "/sftunnel-key.pem/x", SLICE(""));
    struct made_member members[] = {
        { .path = "dir-archives/var-sf-peers/" FTD "/sftunnel-key.pem", .bytes = slice_of(key) },
        { .path = "dir-archives/etc/sf/ca_root/cacert.pem", .bytes = slice_of(ca), .mtime = 1400000000 },
    };
    struct buf tar = { 0 };
    make_archive(&tar, FORMAT_TAR, members, 2, NULL);
    make_file("case/b.tar", buf_as_slice(&tar));
    buf_clear(&tar);
    read_path(made("case"));
    assert_int_equal(c.disk_count, 5);
    uint32_t units[3] = { UNIT_NONE, UNIT_NONE, UNIT_NONE };
    for (size_t i = 0; i < c.disk_count; i++) {
        const char *path = c.sources[c.disks[i].source].path;
        int which = strstr(path, "/fmc/") ? 0 : strstr(path, "/ftd/") ? 1 : 2;
        assert_true(units[which] == UNIT_NONE || units[which] == c.disks[i].unit);
        units[which] = c.disks[i].unit;
        if (strstr(path, "!dir-archives/etc")) {
            assert_int_equal(c.disks[i].modified, 1400000000);
            assert_true(c.disks[i].owner_known);
        }
    }
    assert_true(units[0] != UNIT_NONE && units[1] != UNIT_NONE && units[2] != UNIT_NONE);
    assert_true(units[0] != units[1] && units[1] != units[2] && units[0] != units[2]);
    assert_int_equal(fact("/var/sf/peers/" FMC "/sftunnel-key.pem")->state, DISK_NOT_A_FILE);
    assert_int_equal(certs_count(c.certs), 1);
}

static void loose_files_by_their_content(void **state)
{
    (void)state;
    read_path(make_file("anything.txt", slice_of(ca)));
    assert_int_equal(c.disk_count, 1);
    assert_int_equal(c.disks[0].place, DISK_LOOSE);
    assert_string_equal(c.disks[0].path, "anything.txt");
    assert_int_equal(c.disks[0].certificate, 0);
    const struct bytes der = certs_get(c.certs, 0)->der;
    read_path(make_file("a.der", (struct slice){ (const char *)der.p, der.n }));
    assert_int_equal(c.disk_count, 2);
    assert_int_equal(c.disks[1].certificate, 0);
    read_path(make_file("var/sf/peers/" FTD "/cacert.pem", SLICE("")));
    assert_int_equal(c.disks[2].state, DISK_EMPTY);
    assert_int_equal(c.disks[2].place, DISK_PEER_CA);
    assert_int_equal(c.problem_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place, gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_manager),
        TEST(what_a_peers_folder_says),
        TEST(a_link_to_a_file_or_a_folder),
        TEST(a_firewall_below_ngfw),
        TEST(hostile_files),
        TEST(a_link_that_leads_to_itself),
        TEST(in_a_folder_and_in_an_archive),
        TEST(loose_files_by_their_content),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
