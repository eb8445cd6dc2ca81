# SPDX-License-Identifier: BSD-2-Clause
# --enable-static-binary: each library is linked for a try, because an archive may lie there and still need what doesn't.
# The first line of libraries is what pkg-config says; others say more than we use (libarchive: XML and ACLs).

# SFT_STATIC_KIND: STATIC_LDFLAGS, position-independent if there is a start file for that
AC_DEFUN([SFT_STATIC_KIND], [
  AC_MSG_CHECKING([how a static program is linked])
  STATIC_LDFLAGS=
  for sft_flags in -static-pie "-static -no-pie"; do
    save_LDFLAGS=$LDFLAGS save_CFLAGS=$CFLAGS
    LDFLAGS="$LDFLAGS $sft_flags" CFLAGS="$CFLAGS -fPIE"
    AS_IF([test -z "$STATIC_LDFLAGS"],
      [AC_LINK_IFELSE([AC_LANG_SOURCE([int main(void) { return 0; }])], [STATIC_LDFLAGS=$sft_flags])])
    LDFLAGS=$save_LDFLAGS CFLAGS=$save_CFLAGS
  done
  AC_MSG_RESULT([${STATIC_LDFLAGS:-not at all}])
  AS_IF([test -z "$STATIC_LDFLAGS"], [AC_MSG_ERROR([no static C library (libc.a): --enable-static-binary can't be had])])])

# SFT_STATIC_TRY(VAR, MODULE, PROLOGUE, BODY, [LIBS]): sft_static is yes or no; if yes, VAR_LIBS are those for it
AC_DEFUN([SFT_STATIC_TRY], [
  AC_MSG_CHECKING([for a static $2])
  save_LIBS=$LIBS save_LDFLAGS=$LDFLAGS save_CFLAGS=$CFLAGS
  LDFLAGS="$LDFLAGS $STATIC_LDFLAGS" CFLAGS="$CFLAGS -fPIE $$1_CFLAGS"
  sft_static=no
  for sft_libs in "`$PKG_CONFIG --static --libs $2`" "$5"; do
    LIBS="$sft_libs $save_LIBS"
    AS_IF([test "$sft_static" = no && test -n "$sft_libs"],
      [AC_LINK_IFELSE([AC_LANG_PROGRAM([$3], [$4])], [sft_static=yes; $1_LIBS=$sft_libs])])
  done
  LIBS=$save_LIBS LDFLAGS=$save_LDFLAGS CFLAGS=$save_CFLAGS
  AC_MSG_RESULT([$sft_static])])

# SFT_STATIC_NEED: likewise, of a library without which there is no program
AC_DEFUN([SFT_STATIC_NEED], [
  SFT_STATIC_TRY([$1], [$2], [$3], [$4], [$5])
  AS_IF([test "$sft_static" = no],
    [AC_MSG_ERROR([$2 can't be linked statically (config.log says why; README names the packages)])])])

# SFT_STATIC_OR_WITHOUT(VAR, SWITCH, WORDS): of one without which there is
AC_DEFUN([SFT_STATIC_OR_WITHOUT], [
  AS_IF([test "$sft_static" = no], [
    $2=no $1_CFLAGS= $1_LIBS=
    static_without="$static_without${static_without:+, }$3"
    AC_MSG_NOTICE([it can't be linked statically: this program is built without $3])])])

AC_DEFUN([SFT_STATIC_LIBRARIES], [
  SFT_STATIC_NEED([PCRE2], [libpcre2-8], [[#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>]], [[return pcre2_config(PCRE2_CONFIG_JIT, 0);]])
  SFT_STATIC_NEED([YAML], [yaml-0.1], [[#include <yaml.h>]], [[yaml_parser_t p; return yaml_parser_initialize(&p);]])
  SFT_STATIC_NEED([CYAML], [libcyaml], [[#include <cyaml/cyaml.h>]], [[return cyaml_load_file("", 0, 0, 0, 0) != CYAML_OK;]])
  SFT_STATIC_NEED([ARCHIVE], [libarchive], [[#include <archive.h>]],
    [[struct archive *a = archive_read_new();
      archive_read_support_format_tar(a);
      archive_read_support_format_zip(a);
      archive_read_support_format_raw(a);
      archive_read_append_filter(a, ARCHIVE_FILTER_GZIP);
      return archive_read_free(a);]], [-larchive -lnettle -llzma -lzstd -llz4 -lbz2 -lz])
  SFT_STATIC_NEED([JANSSON], [jansson], [[#include <jansson.h>]], [[json_decref(json_loads("", 0, 0));]])
  SFT_STATIC_NEED([CRYPTO], [libcrypto], [[#include <openssl/x509.h>]], [[return X509_verify(0, 0);]])
  SFT_STATIC_NEED([SSL], [libssl], [[#include <openssl/ssl.h>]], [[return SSL_CTX_new(TLS_method()) == 0;]])
  SFT_STATIC_NEED([SQLITE], [sqlite3], [[#include <sqlite3.h>]], [[sqlite3 *db; return sqlite3_open("", &db);]])
  SFT_STATIC_NEED([UV], [libuv], [[#include <uv.h>]], [[uv_loop_t l; return uv_loop_init(&l);]],
    [-luv_a -lpthread -ldl -lrt])
  AS_IF([test "x$with_isal" != xno], [
    SFT_STATIC_TRY([ISAL], [libisal], [[#include <isa-l/igzip_lib.h>]], [[struct inflate_state s; isal_inflate_init(&s);]])
    SFT_STATIC_OR_WITHOUT([ISAL], [with_isal], [ISA-L])])
  AS_IF([test "x$with_microhttpd" != xno], [
    SFT_STATIC_TRY([MICROHTTPD], [libmicrohttpd], [[#include <microhttpd.h>]],
      [[MHD_stop_daemon(MHD_start_daemon(0, 0, 0, 0, 0, 0, MHD_OPTION_END));]])
    SFT_STATIC_OR_WITHOUT([MICROHTTPD], [with_microhttpd], [metrics over HTTP])])
  AS_IF([test "x$with_pcap" != xno], [
    SFT_STATIC_TRY([PCAP], [libpcap], [[#include <pcap/pcap.h>]], [[return pcap_activate(pcap_create("", 0));]])
    # Debian's has D-Bus as a kind of interface, and that needs libsystemd, of which there is no archive.
    AS_IF([test "$sft_static" = no], [
      SFT_STATIC_TRY([PCAP], [libpcap], [[#include <pcap/pcap.h>
        int dbus_findalldevs(void *a, char *b) { return !a && !b; }
        pcap_t *dbus_create(const char *a, char *b, int *c) { return a && b && c ? 0 : 0; }]],
        [[return pcap_activate(pcap_create("", 0));]], [-lpcap])
      pcap_alone=$sft_static])
    SFT_STATIC_OR_WITHOUT([PCAP], [with_pcap], [live capture])])
  AC_CHECK_FUNC([__nss_configure_lookup], [static_nss=yes], [static_nss=no])])
