# SPDX-License-Identifier: Apache-2.0
#
# Checks of the build and of the house's rules.

part_build() {
    ensure_packages clang
    check "builds without warnings" build_module
    check "builds with clang without warnings" \
        build_module clang CC=clang --enable-werror
    check "builds without libpsl and libidn2" \
        build_module plain --enable-werror --without-libpsl --without-libidn2
    check "the engine includes no header of httpd" engine_is_pure
    notice_long_files
}

# A file that is not in Makefile.am yet is not compiled yet either.
engine_is_pure() {
    ! grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]((.*/)?(httpd|ap_[a-z_]+|http_[a-z_]+|util_[a-z_]+|mod_[a-z_]+|scoreboard|mpm_common)\.h|\.\./|httpd/)' \
        "$CORS_ROOT"/engine/*.[ch] >&2
}

# Only said, never a failure: a file's length is a matter of judgement.
notice_long_files() {
    local file lines
    git -C "$CORS_ROOT" ls-files '*.c' '*.h' '*.py' 2>/dev/null \
        | while read -r file; do
        [ -f "$CORS_ROOT/$file" ] || continue
        lines=$(wc -l <"$CORS_ROOT/$file")
        [ "$lines" -le 400 ] || say "notice: $file has $lines lines"
    done
}
