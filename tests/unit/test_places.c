/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/sources/places.h"

#include "agent/sources/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define FTD "cdb123c8-4347-11ef-aca1-f3aa241412a1"

static void places(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        enum disk_place place;
        const char *root; /* NULL: not said */
        const char *called;
    } cases[] = {
        { "/etc/sf/ca_root/cacert.pem", DISK_CA, "", "/etc/sf/ca_root/cacert.pem" },
        { "x/etc/sf/ca_root/crl.pem", DISK_CRL, "x", "/etc/sf/ca_root/crl.pem" },
        { "x/ngfw/etc/sf/keys/sftunnel-cert.pem", DISK_OWN_CERT, "x", "/etc/sf/keys/sftunnel-cert.pem" },
        { "a.tgz!dir-archives/etc-sf-keys/sftunnel-key.pem", DISK_OWN_KEY, "a.tgz", "/etc/sf/keys/sftunnel-key.pem" },
        { "a.tgz!dir-archives/etc-sf/ca_root/cacert.pem", DISK_CA, "a.tgz", "/etc/sf/ca_root/cacert.pem" },
        { "r/var/sf/peers/" FTD "/cacert.pem", DISK_PEER_CA, "r", "/var/sf/peers/" FTD "/cacert.pem" },
        { "r/var/sf/peers/" FTD "/certs_pushed//sftunnel-key.pem", DISK_PUSHED_KEY, "r",
            "/var/sf/peers/" FTD "/certs_pushed/sftunnel-key.pem" },
        { "a!dir-archives/var-sf-peers/" FTD "/sftunnel-cert.pem", DISK_PEER_CERT, "a",
            "/var/sf/peers/" FTD "/sftunnel-cert.pem" },
        { "ngfw-var-sf-peers-" FTD "-certs_pushed/sftunnel-cert.pem", DISK_PUSHED_CERT, "",
            "/var/sf/peers/" FTD "/certs_pushed/sftunnel-cert.pem" },
        { FTD "/sftunnel-key.pem", DISK_PEER_KEY, "", "/var/sf/peers/" FTD "/sftunnel-key.pem" },
        { "r/ca_root/cacert.pem", DISK_CA, "r", "/etc/sf/ca_root/cacert.pem" },
        { "r/etc/sf/sftunnel.conf", DISK_CONFIG, "r", "/etc/sf/sftunnel.conf" },
        { "r/cacert.pem", DISK_LOOSE, NULL, "cacert.pem" },
        { "r/var/sf/peers/" FTD "/sftunnel-key.pem.backup", DISK_STRAY, "r",
            "/var/sf/peers/" FTD "/sftunnel-key.pem.backup" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place p;
        struct buf b = { 0 };
        assert_true(places_of(slice_of(cases[i].path), &p));
        assert_int_equal(p.place, cases[i].place);
        size_t root = names_root(slice_of(cases[i].path));
        if (cases[i].root)
            assert_int_equal(root, strlen(cases[i].root));
        else
            assert_int_equal(root, SIZE_MAX);
        places_print(&b, &p);
        assert_string_equal(b.p, cases[i].called);
        buf_clear(&b);
    }
}

static void none_of_them(void **state)
{
    (void)state;
    static const char *const paths[] = { "", "/", "x", "cert.pem", "r/var/sf/peers/" FTD "/LL-caCert.pem",
        "r/var/sf/peers/" FTD "/LL-key.pem", "r/var/sf/peers/" FTD "/ims.conf", "etc/sf/ca_root/index.txt",
        "etc/sf/ca_root/private/cakey.pem", "r/var/sf/peers/x/crl.pem", "etc/certs/dev.crt" };
    struct place p;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_false(places_of(slice_of(paths[i]), &p));
}

static void stray_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool stray, odd;
    } cases[] = {
        { "sftunnel-key.pem", false, false },
        { "sftunnel-key.pem\x01", true, true },
        { "sftunnel-key.pem???", true, true },
        { " cacert.pem", true, true },
        { "cacert.pem ", true, true },
        { "\xef\xbb\xbf"
          "cacert.pem",
            true, true },
        { "sftunnel-cert.pem.backup", true, false },
        { "sftunnel-cert.pem.backup\xc2\xa0", true, true },
        { "LL-cacert.pem", false, false },
        { "sftunnel.json", false, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool odd;
        assert_int_equal(places_stray(slice_of(cases[i].name), &odd), cases[i].stray);
        if (cases[i].stray)
            assert_int_equal(odd, cases[i].odd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places),
        cmocka_unit_test(none_of_them),
        cmocka_unit_test(stray_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
