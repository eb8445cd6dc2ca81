/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/commands/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

enum err_code privileges_find(const char *user, struct privileges *out, struct err *e)
{
    *out = (struct privileges){ .uid = geteuid(), .gid = getegid() };
    if (geteuid() != 0 && user)
        return err_set(e, ERR_PERMISSION, "--user %.64s: only root can become another user; leave it out", user);
    if (geteuid() != 0)
        return ERR_OK;
    const char *name = user ? user : PRIVILEGES_USER;
    errno = 0;
    const struct passwd *p = getpwnam(name);
    if (!p && errno && errno != ENOENT && errno != ESRCH)
        return err_os(e, ERR_PERMISSION, errno, "the user \"%.64s\" can't be looked up", name);
    if (!p)
        return err_set(e, ERR_USAGE, "there is no user \"%.64s\" to become after opening; name one: --user NAME", name);
    snprintf(out->name, sizeof out->name, "%s", name);
    out->uid = p->pw_uid;
    out->gid = p->pw_gid;
    out->change = p->pw_uid != 0;
    return ERR_OK;
}

static int become(const struct privileges *p)
{
    if (p->read_all && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0)
        return errno;
    if (setgroups(0, NULL) != 0 || setresgid(p->gid, p->gid, p->gid) != 0 || setresuid(p->uid, p->uid, p->uid) != 0)
        return errno;
    /* there must be no way back */
    return !p->read_all && (setuid(0) == 0 || seteuid(0) == 0) ? EPERM : 0;
}

static int drop_capabilities(bool read_all)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct had[2] = { 0 }, keep[2] = { 0 };
    if (read_all && syscall(SYS_capget, &head, had) != 0)
        return errno;
    keep[0].permitted = keep[0].effective = had[0].permitted & 1U << CAP_DAC_READ_SEARCH;
    head.version = _LINUX_CAPABILITY_VERSION_3;
    if (syscall(SYS_capset, &head, keep) != 0)
        return errno;
    return read_all && geteuid() != 0 && (setuid(0) == 0 || seteuid(0) == 0) ? EPERM : 0;
}

enum err_code privileges_drop(const struct privileges *p, struct err *e)
{
    int os = p->change ? become(p) : 0;
    if (os)
        return err_os(e, ERR_PERMISSION, os,
            "the interface is open, but the rights can't be given up by becoming %s (--user root keeps the user, and "
            "gives up the capabilities)",
            p->name);
    os = drop_capabilities(p->read_all);
    if (os)
        return err_os(e, ERR_PERMISSION, os, "the capabilities can't be given up");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return err_os(e, ERR_PERMISSION, errno, "no_new_privs can't be set");
    return ERR_OK;
}

/* A kernel that knows none of them has none to lower. */
uint64_t privileges_lower_ambient(void)
{
    uint64_t had = 0;
    for (unsigned c = 0; c < 64; c++) {
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0) == 1)
            had |= UINT64_C(1) << c;
    }
    if (had)
        (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    return had;
}

void privileges_raise_ambient(uint64_t had)
{
    for (unsigned c = 0; c < 64; c++) {
        if (had >> c & 1)
            (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0);
    }
}
