# SPDX-License-Identifier: Apache-2.0
#
# Shell functions that test/run and demo/run share: install what is missing,
# build the module. Source this file from bash; it sets
#
#   CORS_ROOT   top of the source tree (absolute)
#   CORS_BUILD  top of the build trees (default $CORS_ROOT/build, git-ignored)
#
# and defines
#
#   say TEXT…              one line of progress on stderr
#   die TEXT…              the same, then exit 1
#   quietly NAME CMD…      run CMD with its output in $CORS_BUILD/log/NAME.log;
#                          on failure show the end of it and return its status
#   ensure_packages PKG…   install the Debian packages that are missing
#   ensure_command CMD PKG the same, but only if CMD is not in PATH (for tools
#                          that come from elsewhere too, such as npm)
#   ensure_node            node and npm, Debian's unless others are there
#   install_node_modules DIR
#                          what DIR/package-lock.json lists
#   ensure_build_packages  what compiling the module needs
#   find_apxs              set APXS
#   find_httpd             set HTTPD, the server's binary, and MODULES, the
#                          directory of its modules
#   isolated CMD…          run CMD in an environment that says nothing of the
#                          user, but where programs and directories are
#   build_module [NAME [CONFIGURE-ARG…]]
#                          build in $CORS_BUILD/NAME (default "default", with
#                          --enable-werror) and set BUILD_DIR and MODULE, the
#                          path of mod_cors.so; installs the compiler etc. first

# What a user has set for other builds is not for this one: a build is what its
# arguments say, and what is installed is for the server's user to read.
unset CDPATH CC CPP CFLAGS CPPFLAGS LDFLAGS LIBS LIBRARY_PATH C_INCLUDE_PATH \
    CPATH CONFIG_SITE MAKEFLAGS MFLAGS MAKELEVEL GNUMAKEFLAGS GREP_OPTIONS \
    POSIXLY_CORRECT ACLOCAL_PATH AUTOMAKE AUTOCONF ACLOCAL DESTDIR
export LC_ALL=C.UTF-8
umask 022

CORS_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
case $CORS_ROOT in
*[[:space:]]*)
    printf '%s\n' "error: $CORS_ROOT: autoconf builds nothing below a name with blanks; move the source tree elsewhere" >&2
    exit 1
    ;;
esac
CORS_BUILD=${CORS_BUILD:-$CORS_ROOT/build}

CORS_BUILD_PACKAGES=(gcc libc6-dev make autoconf automake libtool pkg-config
    apache2-dev libpcre2-dev libpsl-dev libidn2-dev)

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "error: $*"
    exit 1
}

quietly() {
    local name=$1 log status=0
    shift
    log=$CORS_BUILD/log/$name.log
    mkdir -p "$CORS_BUILD/log"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        say "failed ($status): $*"
        tail -n 40 "$log" >&2
        say "(all of it: $log)"
    fi
    return "$status"
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@"
    else
        return 1
    fi
}

apt_updated=no

ensure_packages() {
    local pkg missing=()
    if ! command -v dpkg-query >/dev/null; then
        say "not a Debian system: please see that you have: $*"
        return 0
    fi
    for pkg in "$@"; do
        is_installed "$pkg" || missing+=("$pkg")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    say "installing: ${missing[*]}"
    if [ "$apt_updated" = no ]; then
        quietly apt-update apt_get update \
            || say "apt-get update failed; trying the lists that are there"
        apt_updated=yes
    fi
    quietly apt-install apt_get -y install --no-install-recommends \
        "${missing[@]}" || die "could not install: ${missing[*]}"
}

# Another apt may be running (unattended upgrades): wait for its locks. apt-get
# itself waits for dpkg's alone, and the next one may take it in between.
apt_get() {
    local said
    for _ in {1..60}; do
        said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq \
            -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" 2>&1) && return
        printf '%s\n' "$said"
        case $said in
        *"Could not get lock"* | *"Unable to lock"*) sleep 5 ;;
        *) return 1 ;;
        esac
    done
    return 1
}

ensure_command() {
    command -v "$1" >/dev/null || ensure_packages "$2"
}

# nodesource's package nodejs brings npm along and conflicts with Debian's npm.
ensure_node() {
    ensure_command node nodejs
    ensure_command npm npm
}

install_node_modules() {
    local dir=$1
    [ "$dir/package-lock.json" -nt "$dir/node_modules/.package-lock.json" ] \
        || return 0
    say "installing what $dir/package-lock.json lists"
    local env=(-u NODE_ENV -u NODE_OPTIONS)
    # npm keeps what it loads below HOME.
    [ -w "${HOME:-/nowhere}" ] || env+=("npm_config_cache=$CORS_BUILD/npm")
    quietly npm-ci env "${env[@]}" npm ci --prefix "$dir" --ignore-scripts \
        --no-audit --no-fund --include=dev --fetch-retries=5
}

# PATH, HOME, TMPDIR, the tests' own variables, and where to find tools; not a
# proxy, nor options of Python, pytest, node, PostgreSQL, the C library…
isolated() {
    local name set=()
    for name in PATH HOME TMPDIR APXS CHROMIUM FIREFOX "${!CORS_@}"; do
        [ -z "${!name:-}" ] || set+=("$name=${!name}")
    done
    env -i "${set[@]}" LANG=C.UTF-8 TZ=UTC PYTHONDONTWRITEBYTECODE=1 \
        PYTHONNOUSERSITE=1 PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 "$@"
}

ensure_build_packages() {
    ensure_packages "${CORS_BUILD_PACKAGES[@]}"
}

find_apxs() {
    APXS=${APXS:-$(command -v apxs || command -v apxs2 || true)}
    [ -n "$APXS" ] || die "no apxs: on Debian install apache2-dev"
}

find_httpd() {
    find_apxs
    HTTPD=$("$APXS" -q SBINDIR)/$("$APXS" -q PROGNAME)
    MODULES=$("$APXS" -q LIBEXECDIR)
    [ -x "$HTTPD" ] || die "no httpd at $HTTPD: on Debian install apache2-bin"
}

# make looks for objects in the source tree too (VPATH), so configure refuses
# to build elsewhere once somebody has built in place. Then we build from a
# copy of the sources; dates are kept, so that only what changed is compiled.
source_tree() {
    if [ ! -e "$CORS_ROOT/config.status" ]; then
        printf '%s\n' "$CORS_ROOT"
        return
    fi
    mkdir -p "$CORS_BUILD/source"
    tar -C "$CORS_ROOT" --exclude-vcs --exclude=./build --exclude=node_modules \
        --exclude='*.o' --exclude='*.lo' --exclude='*.la' --exclude=.libs \
        --exclude=./config.status --exclude=./Makefile \
        -cf - . | tar -C "$CORS_BUILD/source" -xf -
    printf '%s\n' "$CORS_BUILD/source"
}

generate_configure() {
    local src=$1
    if [ ! -e "$src/configure" ] || [ ! -e "$src/Makefile.in" ] \
        || [ "$src/configure.ac" -nt "$src/configure" ] \
        || [ "$src/Makefile.am" -nt "$src/Makefile.in" ]; then
        (cd "$src" && quietly autoreconf autoreconf -fi)
    fi
}

configure_and_make() {
    local name=$1 dir=$CORS_BUILD/$1 src
    shift
    src=$(source_tree) || return
    generate_configure "$src" || return
    mkdir -p "$dir"
    # Configured anew when the arguments or configure itself changed.
    if [ ! -e "$dir/Makefile" ] || [ "$src/configure" -nt "$dir/config.status" ] \
        || [ "$src $*" != "$(cat "$dir/.configured" 2>/dev/null)" ]; then
        rm -f "$dir/.configured"
        (cd "$dir" && quietly "configure-$name" "$src/configure" -q "$@") \
            || return
        if [ -n "$(find "$dir" -name '*.lo' -print -quit)" ]; then
            quietly "clean-$name" make -C "$dir" clean || return
        fi
        printf '%s\n' "$src $*" >"$dir/.configured"
    fi
    quietly "make-$name" make -C "$dir" -j"$(nproc)"
}

build_module() {
    local name=${1:-default} status=0
    shift || true
    [ $# -gt 0 ] || set -- --enable-werror
    ensure_build_packages
    mkdir -p "$CORS_BUILD"
    # Two runs at once in one tree (demo/run beside test/run) take turns.
    exec {build_lock}>"$CORS_BUILD/.lock"
    flock "$build_lock"
    configure_and_make "$name" "$@" || status=$?
    exec {build_lock}>&-
    BUILD_DIR=$CORS_BUILD/$name
    MODULE=$BUILD_DIR/mod_cors.so
    return "$status"
}
