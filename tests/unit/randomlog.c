/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/randomlog.h"

#include "base/buf.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static unsigned pick(unsigned *seed, unsigned n)
{
    return (unsigned)rand_r(seed) % n;
}

static const char *const texts[] = {
    "sf_connections [INFO] Start connection to : %s (wait 10 seconds is up)",
    "sf_ssl [INFO] Initiating IPv4 connection to %s:8305/tcp",
    "sf_ssl [INFO] Wait to connect to 8305 (IPv4): %s",
    "sf_ssl [INFO] Connected to %s from resolved_ip_list (port 8305) (IPv4)",
    "sf_ssl [INFO] Accepted IPv4 connection from %s:53198/tcp",
    "sf_ssl [INFO] Connect to %s failed on port 8305 socket 11 (Connection refused)",
    "sf_ssl [WARN] Unable to connect to %s",
    "sf_ssl [ERROR] -Error with certificate at depth: 1",
    "sf_ssl [ERROR] -Error with certificate at depth: 0",
    "sf_ssl [ERROR] issuer = /title=InternalCA/OU=Intrusion Management "
    "System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=x",
    "sf_ssl [ERROR] subject = /title=InternalCA/OU=Intrusion Management "
    "System/CN=06f5f3ca-c77b-11e2-81bf-884d9d11f3ef/O=x",
    "sf_ssl [ERROR] issuer = /title=InternalCA/CN=%s/O=%s",
    "sf_ssl [ERROR] issuer = /CN=x",
    "sf_ssl [ERROR] subject = /title=InternalCA/CN=y/O=/title=InternalCA/CN=y",
    "sf_ssl [ERROR] subject = /title=InternalCA/CN=\x01\x02/O=%s",
    "sf_ssl [ERROR] err 10:certificate has expired",
    "sf_ssl [ERROR] err 7:certificate signature failure",
    "sf_ssl [ERROR] SSL_renegotiate error: 1: error:00000001:lib(0):func(0):reason(1)",
    "sf_ssl [ERROR] Connect:SSL handshake failed",
    "sf_ssl [WARN] SSL Verification status: certificate has expired",
    "sf_ssl [INFO] VERIFY ssl_verify_callback_initial ok=1!",
    "sf_ssl [WARN] establishConnectionUtil: SSL handshake failed",
    "sf_ssl [WARN] establishConnectionUtil: SSL Verification status: ok",
    "sf_ssl [WARN] establishConnectionUtil: SSL handshake failed: error:14094415:SSL routines:ssl3_read_bytes:sslv3 "
    "alert "
    "certificate expired",
    "sf_ssl [INFO] establishConnectionUtil: Failed to connect using SSL to: '%s'",
    "sf_ssl [ERROR] establishSSLConnection: Unable to connect with both threads:",
    "sf_ssl [ERROR] establishSSLConnection: ret_accept status : Too many levels of symbolic links",
    "sf_ssl [ERROR] establishSSLConnection: Failed connecting with SSL to using to: '%s' rval[40]",
    "sf_ssl [INFO] establishConnectionUtil: Connected using SSL to: '%s'",
    "sf_channel [INFO] >> ChannelState do_dataio_for_heartbeat peer %s / channelA / CONTROL [ msgSock & ssl_context ] "
    "<<",
    "sf_peers [INFO] Peer %s needs re-connection",
};

/* A template with its "%s" replaced, each of them. */
static void fill(char *out, size_t size, const char *template, const char *address)
{
    struct buf b = { 0 };
    for (const char *at; (at = strstr(template, "%s")); template = at + 2) {
        buf_put(&b, template, (size_t)(at - template));
        buf_puts(&b, address);
    }
    buf_puts(&b, template);
    snprintf(out, size, "%s", b.p);
    buf_clear(&b);
}

char **randomlog_lines(size_t n, unsigned *seed, bool calm)
{
    static const char *const hosts[] = { "ftd", "fmc" };
    static const char *const addresses[] = { "10.0.0.1", "10.0.0.2", "2001:db8::3" };
    char **lines = mem_zalloc(n, sizeof(char *));
    time_t clock = 1735689600 - (time_t)pick(seed, 5000);
    unsigned style = pick(seed, 4);
    for (size_t i = 0; i < n; i++) {
        unsigned dice = pick(seed, 100);
        clock += dice < 60           ? 0
                 : calm || dice < 90 ? (time_t)pick(seed, 3)
                 : dice < 96         ? (time_t)pick(seed, 120)
                 : dice < 98         ? -(time_t)pick(seed, 90)
                                     : (time_t)pick(seed, 400);
        struct tm tm;
        char stamp[32], text[256], line[512];
        gmtime_r(&clock, &tm);
        strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &tm);
        fill(text, sizeof text, texts[pick(seed, sizeof texts / sizeof *texts)], addresses[pick(seed, 3)]);
        snprintf(line, sizeof line, "%s %s SF-IMS[%u]: [%u] sftunneld:%s\n", stamp,
            hosts[pick(seed, style == 0 ? 1 : 2)], 1 + pick(seed, 2), 1 + pick(seed, style == 1 ? 40 : 3), text);
        lines[i] = mem_strdup(line);
    }
    return lines;
}
