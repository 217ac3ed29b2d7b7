#!/usr/bin/env bash
# Builds core/alloc/std for one or more wasm targets ONCE and install them into the sysroot of Debian's rustc-web,
# so that plain `RUSTC=/usr/bin/rustc cargo build --target T` works (no -Zbuild-std, no RUSTC_BOOTSTRAP).
set -euo pipefail
RUSTC_BIN=${RUSTC_BIN:-/usr/bin/rustc}
TARGETS=${*:-wasm32-unknown-unknown}
SYSROOT=$("$RUSTC_BIN" --print sysroot)
HOST=$("$RUSTC_BIN" -vV | sed -n 's/^host: //p')
STAMP=$("$RUSTC_BIN" -vV | sed -n 's/^commit-hash: //p')
# the linker: rustc looks for rust-lld in <sysroot>/lib/rustlib/<host>/bin
LLD=$(ls -d "${RUSTUP_HOME:-$HOME/.rustup}"/toolchains/{stable,1.}*/lib/rustlib/"$HOST"/bin/rust-lld 2>/dev/null | head -1); [ -n "$LLD" ]   # rustup's copy
mkdir -p "$SYSROOT/lib/rustlib/$HOST/bin"
ln -sfn "$LLD" "$SYSROOT/lib/rustlib/$HOST/bin/rust-lld"
for T in $TARGETS; do
  DEST=$SYSROOT/lib/rustlib/$T/lib
  [ "$(cat "$DEST/.commit" 2>/dev/null)" = "$STAMP" ] && { echo "$T: std already installed"; continue; }
  W=$(mktemp -d); mkdir "$W/src"
  printf '[package]\nname="stdbuild"\nversion="0.0.0"\nedition="2021"\n[lib]\ncrate-type=["rlib"]\n' >"$W/Cargo.toml"
  : >"$W/src/lib.rs"
  ( cd "$W"; env -u CARGO_TARGET_DIR RUSTFLAGS=-Cembed-bitcode=yes CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 RUSTC="$RUSTC_BIN" RUSTC_BOOTSTRAP=1 \
      CARGO_PROFILE_RELEASE_OPT_LEVEL=3 \
      cargo build --release -Zbuild-std=std,panic_abort,test --target "$T" --target-dir "$W/t" )
  rm -rf "$DEST"; mkdir -p "$DEST"
  cp "$W"/t/"$T"/release/deps/*.rlib "$DEST"/; rm -f "$DEST"/libstdbuild-*.rlib
  echo "$STAMP" >"$DEST/.commit"; rm -rf "$W"
  echo "$T: $(ls "$DEST"/*.rlib | wc -l) rlibs, $(du -sh "$DEST" | cut -f1) in $DEST"
done
