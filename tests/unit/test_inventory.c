/* SPDX-License-Identifier: BSD-2-Clause */
/* Both forms of the inventory: what is taken, and what is refused with its line before anybody connects to anything. */
#include "agent/remedy/inventory.h"

#include "base/caps.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define UUID "06F5F3CA-c77b-11e2-81bf-884d9d11f3ef"
#define KEY "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"

static struct inventory inv;

static void take(const char *name, const char *text)
{
    struct err e = { 0 };
    if (inventory_read(name, slice_of(text), &inv, &e) != ERR_OK)
        fail_msg("%s", e.text);
}

static void refuse(const char *name, const char *text, const char *why)
{
    struct err e = { 0 };
    assert_int_not_equal(inventory_read(name, slice_of(text), &inv, &e), ERR_OK);
    if (!strstr(e.text, why))
        fail_msg("refused with \"%s\", not \"%s\"", e.text, why);
    assert_int_equal(inv.n, 0);
}

static const char *password_of(size_t i)
{
    return inv.devices[i].auth.password ? secret_bytes(inv.devices[i].auth.password).p : "none";
}

/* ---- devices.csv ---- */

static void as_the_vendor_has_it(void **state)
{
    (void)state;
    take("devices.csv", "\xef\xbb\xbf#device_name, ipaddr, login, password\r\n"
                        "FMCpri, 10.48.79.125, admin, C1sco!23\r\n"
                        "\r\n  # a comment, with commas\r\n"
                        "FTD one, 2001:db8::7, admin, \" a, \"\"b\"\" \"\r\n"
                        "ftd-2, ftd-2.example.net, ops, C1sco!23");
    assert_int_equal(inv.n, 3);
    assert_string_equal(inv.devices[0].name, "FMCpri");
    assert_string_equal(inv.devices[0].address, "10.48.79.125");
    assert_string_equal(inv.devices[0].user, "admin");
    assert_string_equal(password_of(0), "C1sco!23");
    assert_int_equal(inv.devices[0].port, 22);
    assert_ptr_equal(inv.source, &inv.devices[0]);
    assert_true(inv.passwords);
    assert_string_equal(inv.devices[1].name, "FTD one");
    assert_string_equal(password_of(1), " a, \"b\" ");
    assert_int_equal(inv.devices[1].line, 5);
    assert_ptr_equal(inv.devices[0].auth.password, inv.devices[2].auth.password); /* the same credential is the same */
    inventory_clear(&inv);
    take("x", "FMC,10.1.1.1,admin,\n"); /* told by its look; no password: somebody will be asked */
    assert_int_equal(inv.devices[0].auth.kind, AUTH_NONE);
    assert_false(inv.passwords);
    inventory_clear(&inv);
}

static void further_columns(void **state)
{
    (void)state;
    take("d.csv",
        "device_name,ipaddr,login,role,uuid,groups,tags,port,jump,auth,hostkey,become\n"
        "fmc,10.1.1.1,,fmc,,,,,,prompt,,\n"
        "ftd,10.1.1.1,ops,FTD," UUID ",\"a b;c\",canary,2222,ops@10.9.9.9:22,cmd:/bin/pass x," KEY ",env:PW\n");
    const struct device *d = &inv.devices[1];
    assert_string_equal(inv.devices[0].user, "admin");
    assert_int_equal(inv.devices[0].role, ROLE_FMC);
    assert_int_equal(inv.devices[0].auth.kind, AUTH_PROMPT);
    assert_int_equal(d->role, ROLE_FTD);
    assert_string_equal(d->uuid, "06f5f3ca-c77b-11e2-81bf-884d9d11f3ef");
    assert_int_equal(d->groups.n, 3);
    assert_string_equal(d->groups.items[2], "c");
    assert_string_equal(d->tags.items[0], "canary");
    assert_int_equal(d->port, 2222);
    assert_string_equal(d->jump, "ops@10.9.9.9:22");
    assert_int_equal(d->auth.kind, AUTH_COMMAND);
    assert_string_equal(d->auth.what, "/bin/pass x");
    assert_string_equal(d->host_key, KEY);
    assert_int_equal(d->become.kind, AUTH_ENVIRONMENT);
    inventory_clear(&inv);
}

/* Half a password is a failed login, and three of those lock the account. */
static void what_could_be_cut_is_refused(void **state)
{
    (void)state;
    refuse("d.csv", "fmc,10.1.1.1,admin,pa,ss\n", "d.csv:1: 5 fields, but 4 columns");
    refuse("d.csv", "fmc,10.1.1.1,admin,x\nftd,10.1.1.2,admin", "d.csv:2: 3 fields, but 4 columns");
    refuse("d.csv", "fmc,10.1.1.1,admin,pa\"ss\n", "d.csv:1: a quote stands inside");
    refuse("d.csv", "fmc,10.1.1.1,admin,\"pass\nftd,10.1.1.2,admin,x\"\n", "d.csv:1: a quote is opened and not closed");
    refuse("d.csv", "fmc,10.1.1.1,admin,\"pass\"word\n", "d.csv:1: text stands behind a closing quote");
    refuse("d.csv", "fmc,10.1.1.1,admin,pass\x01word\n", "d.csv:1: a control character (0x01)");
    refuse("d.csv", "fmc,10.1.1.1,admin,x\rftd,10.1.1.2,admin,y\r", "d.csv:1: a control character (0x0d)");
    char *text = mem_zalloc(2000, 1);
    snprintf(text, 2000, "fmc,10.1.1.1,admin,%01000d\n", 1);
    refuse("d.csv", text, "d.csv:1: field 4: a password is at most 255 bytes");
    snprintf(text, 2000, "fmc,10.1.1.1,admin,x%*s", 100, "");
    memset(text + 20, ',', 60);
    refuse("d.csv", text, "d.csv:1: more than 32 fields");
    free(text);
}

static void other_faults_of_a_table(void **state)
{
    (void)state;
    refuse("d.csv", "", "d.csv: no device");
    refuse("d.csv", "# nothing\n", "d.csv: no device");
    refuse("d.csv", "fmc,10.1.1.300,admin,x\n", "d.csv:1: field 2: an address is");
    refuse("d.csv", ",10.1.1.3,admin,x\n", "d.csv:1: field 1: a name is");
    refuse("d.csv", "fmc,,admin,x\n", "d.csv:1: field 2: an address is");
    refuse("d.csv", "fmc,10.1.1.1,ad min,x\n", "d.csv:1: field 3: a login is");
    refuse("d.csv", "fmc,10.1.1.1,admin,x\nfmc,10.1.1.2,admin,x\n", "d.csv:2: fmc is there already, in line 1");
    refuse("d.csv", "fmc,10.1.1.1,admin,x\nftd,10.1.1.1,admin,x\n", "d.csv:2: ftd has the address of fmc in line 1");
    refuse("d.csv", "name,ipaddr,login,pasword\n", "no column is called \"pasword\"; did you mean password?");
    refuse("d.csv", "name,login\nfmc,admin\n", "d.csv:1: the header has no ipaddr");
    refuse("d.csv", "name,ipaddr,ip\n", "d.csv:1: two columns mean the same, number 2 and 3");
    refuse("d.csv", "fmc,10.1.1.1,admin,x\nname,ipaddr,login,password\n", "d.csv:2: a header stands first");
    refuse("d.csv", "name,ipaddr,role\nftd,10.1.1.1,ftd\n", "d.csv:2: ftd is an FTD, but the first row");
    refuse(
        "d.csv", "name,ipaddr,password,auth\nfmc,10.1.1.1,x,agent\n", "d.csv:2: field 4: it has a password and auth");
    refuse(
        "d.csv", "name,ipaddr,auth,password\nfmc,10.1.1.1,agent,x\n", "d.csv:2: field 4: it has a password and auth");
    refuse("d.csv", "name,ipaddr,port\nfmc,10.1.1.1,0\n", "d.csv:2: field 3: port is");
    refuse("d.csv", "name,ipaddr,hostkey\nfmc,10.1.1.1,SHA256:abc\n", "d.csv:2: field 3: host_key is");
    refuse("d.csv", "name,ipaddr,jump\nfmc,10.1.1.1,a@b@c\n", "d.csv:2: field 3: jump is");
}

/* A password in the column of references is not shown. */
static void no_error_shows_a_password(void **state)
{
    struct err e = { 0 };
    (void)state;
    const char *text = "name,ipaddr,auth\nfmc,10.1.1.1,S3cret!x\n";
    assert_int_not_equal(inventory_read("d.csv", slice_of(text), &inv, &e), ERR_OK);
    assert_null(strstr(e.text, "S3cret"));
    text = "fmc,10.1.1.1,admin,S3cr,et!x\n";
    assert_int_not_equal(inventory_read("d.csv", slice_of(text), &inv, &e), ERR_OK);
    assert_null(strstr(e.text, "S3cr"));
    text = "devices:\n- {name: f, address: 10.1.1.1, auth: S3cret!x}\n";
    assert_int_not_equal(inventory_read("d.yaml", slice_of(text), &inv, &e), ERR_OK);
    assert_null(strstr(e.text, "S3cret"));
}

/* ---- YAML ---- */

static void groups_give_what_devices_do_not_say(void **state)
{
    (void)state;
    take("f.yaml", "source: fmc1\n"
                   "defaults: {user: ops, auth: agent, tags: [all]}\n"
                   "groups:\n"
                   "  - {name: paris, jump: 'j@[2001:db8::1]:2222', port: 2022, auth: 'key:/k'}\n"
                   "  - {name: edge, port: 3022, role: ftd}\n"
                   "devices:\n"
                   "  - {name: fmc1, address: 10.0.0.1, role: fmc, port: 22}\n"
                   "  - name: ftd-1\n    address: 10.0.0.2\n    groups: [paris, edge, none]\n    auth: prompt\n"
                   "  - {name: ftd-2, address: 10.0.0.3, groups: [edge, paris], tags: [canary, x]}\n");
    assert_int_equal(inv.n, 3);
    assert_ptr_equal(inv.source, &inv.devices[0]);
    assert_string_equal(inv.devices[0].user, "ops");
    assert_int_equal(inv.devices[0].port, 22);
    assert_null(inv.devices[0].jump);
    assert_int_equal(inv.devices[1].port, 2022);
    assert_int_equal(inv.devices[1].auth.kind, AUTH_PROMPT);
    assert_int_equal(inv.devices[1].role, ROLE_FTD);
    assert_string_equal(inv.devices[1].jump, "j@[2001:db8::1]:2222");
    assert_int_equal(inv.devices[1].groups.n, 3);
    assert_string_equal(inv.devices[1].tags.items[0], "all");
    assert_int_equal(inv.devices[2].port, 3022);
    assert_int_equal(inv.devices[2].auth.kind, AUTH_KEY);
    assert_int_equal(inv.devices[2].tags.n, 2);
    inventory_clear(&inv);
}

static void faults_of_yaml(void **state)
{
    (void)state;
    refuse("f.yaml", "[1]\n", "f.yaml:1:1: no inventory");
    refuse("f.yaml", "device: []\n", "f.yaml:1:1: an inventory has no \"device\"; did you mean devices?");
    refuse("f.yaml", "devices: []\n", "f.yaml: no device");
    refuse("f.yaml", "# nothing\n", "f.yaml: no device");
    refuse("f.yaml", "devices: x\n", "f.yaml:1:10: devices are a list");
    refuse("f.yaml", "devices:\n- {name: a}\n", "f.yaml:2:3: a has no address");
    refuse("f.yaml", "devices:\n- {address: 10.1.1.1}\n", "f.yaml:2:3: this device has no name");
    refuse("f.yaml", "devices:\n- {name: a, adress: 10.1.1.1}\n",
        "f.yaml:2:13: device has no \"adress\"; did you mean address?");
    refuse(
        "f.yaml", "devices:\n- {name: a, address: 10.1.1.1, password: x}\n", "f.yaml:2:32: no password is taken here");
    refuse("f.yaml", "devices:\n- {name: a, address: 10.1.1.1, port: 70000}\n", "f.yaml:2:38: port is");
    refuse("f.yaml", "devices:\n- {name: a, address: 10.1.1.1, port: [1]}\n", "f.yaml:2:38: port takes one value");
    refuse("f.yaml", "devices:\n- {name: a, address: 10.1.1.1, tags: x}\n", "f.yaml:2:38: tags takes a list");
    refuse("f.yaml", "defaults: {address: 10.1.1.1}\ndevices:\n- {name: a}\n",
        "f.yaml:1:12: address belongs to one device");
    refuse("f.yaml", "groups:\n- {name: g, uuid: " UUID "}\ndevices: []\n", "f.yaml:2:13: uuid belongs to one device");
    refuse(
        "f.yaml", "groups:\n- {name: g}\n- {name: g}\ndevices: []\n", "f.yaml:3:3: this group was described already");
    refuse("f.yaml", "groups:\n- {name: g, port: x}\ndevices:\n- {name: a, address: 10.1.1.1, groups: [g]}\n",
        "f.yaml:2:19: port is");
    refuse("f.yaml", "source: b\ndevices:\n- {name: a, address: 10.1.1.1}\n", "f.yaml:1:9: the source is the name");
    refuse("f.yaml", "source: a\ndevices:\n- {name: a, address: 10.1.1.1, role: ftd}\n",
        "the source is an FMC, but a is an FTD");
    refuse("f.yaml", "devices:\n- {name: a, address: 10.1.1.1, role: asa}\n", "role is ftd or fmc");
}

/* ---- which are meant ---- */

static const char *meant(const char *limit)
{
    static char out[256];
    struct err e = { 0 };
    bool *chosen = mem_zalloc(inv.n, sizeof *chosen);
    out[0] = 0;
    if (inventory_limit(&inv, limit, chosen, &e) != ERR_OK)
        snprintf(out, sizeof out, "error: %.200s", e.text);
    else
        for (size_t i = 0; i < inv.n; i++)
            if (chosen[i])
                snprintf(out + strlen(out), sizeof out - strlen(out), "%s ", inv.devices[i].name);
    free(chosen);
    return out;
}

static void limits(void **state)
{
    char list[] = "/tmp/limit.XXXXXX", at[64];
    (void)state;
    take("f.yaml", "devices:\n"
                   "- {name: par-1, address: 10.0.0.1, groups: [paris], tags: [canary]}\n"
                   "- {name: par-2, address: 10.0.0.2, groups: [paris]}\n"
                   "- {name: lyo-1, address: 10.0.0.3, groups: [lyon]}\n"
                   "- {name: '10.0.0.1x', address: lyo-9.example.net}\n");
    assert_string_equal(meant(NULL), "par-1 par-2 lyo-1 10.0.0.1x ");
    assert_string_equal(meant("par-1"), "par-1 ");
    assert_string_equal(meant("10.0.0.2"), "par-2 ");
    assert_string_equal(meant("LYO-9.example.NET"), "10.0.0.1x ");
    assert_string_equal(meant("par-*, lyo-1"), "par-1 par-2 lyo-1 ");
    assert_string_equal(meant("paris"), "par-1 par-2 ");
    assert_string_equal(meant("tag:canary"), "par-1 ");
    assert_string_equal(meant("~^(par|lyo)-1$"), "par-1 lyo-1 ");
    assert_string_equal(meant("!paris"), "lyo-1 10.0.0.1x ");
    assert_string_equal(meant("!par-1,paris"), "par-2 ");
    assert_string_equal(meant("!tag:canary,!~2$"), "lyo-1 10.0.0.1x ");
    assert_string_equal(meant("none"), "error: --limit: no device of f.yaml is meant by \"none\"");
    assert_string_equal(meant("paris,!par-*"), "error: --limit: nothing of f.yaml is left");
    assert_non_null(strstr(meant("~("), "error: --limit: ~("));
    assert_non_null(strstr(meant("@/nowhere"), "@/nowhere"));
    int fd = mkstemp(list);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "# two\n\nlyo-1\r\npar-2", 19), 19);
    close(fd);
    snprintf(at, sizeof at, "@%s", list);
    assert_string_equal(meant(at), "par-2 lyo-1 ");
    snprintf(at, sizeof at, "!@%s", list);
    assert_string_equal(meant(at), "par-1 10.0.0.1x ");
    unlink(list);
    inventory_clear(&inv);
}

/* ---- files ---- */

static void files(void **state)
{
    char path[] = "/tmp/devices.XXXXXX";
    struct err e = { 0 };
    bool exposed = true;
    (void)state;
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "fmc,10.1.1.1,admin,x\n", 21), 21);
    close(fd);
    assert_int_equal(inventory_load(path, &inv, &exposed, &e), ERR_OK);
    assert_false(exposed);
    inventory_clear(&inv);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(inventory_load(path, &inv, &exposed, &e), ERR_OK);
    assert_true(exposed);
    inventory_clear(&inv);
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(inventory_load(path, &inv, &exposed, &e), ERR_CONFIG);
    assert_non_null(strstr(e.text, "chmod go-w"));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(truncate(path, CAP_INVENTORY_BYTES + 1), 0);
    assert_int_equal(inventory_load(path, &inv, &exposed, &e), ERR_LIMIT);
    unlink(path);
    assert_int_equal(inventory_load(path, &inv, &exposed, &e), ERR_NOINPUT);
    assert_int_equal(inventory_load("/tmp", &inv, &exposed, &e), ERR_CONFIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_vendor_has_it),
        cmocka_unit_test(further_columns),
        cmocka_unit_test(what_could_be_cut_is_refused),
        cmocka_unit_test(other_faults_of_a_table),
        cmocka_unit_test(no_error_shows_a_password),
        cmocka_unit_test(groups_give_what_devices_do_not_say),
        cmocka_unit_test(faults_of_yaml),
        cmocka_unit_test(limits),
        cmocka_unit_test(files),
    };
    return cmocka_run_group_tests_name("inventory", tests, NULL, NULL);
}
