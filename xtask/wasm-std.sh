#!/usr/bin/env bash
# Builds the standard library for WebAssembly once and installs it where Debian's compiler looks for it, so that plain
# `RUSTC=/usr/bin/rustc cargo build --target T` works. For machines whose rustup cannot fetch the target.
set -euo pipefail

rustc=${RUSTC_BIN:-/usr/bin/rustc}
target=${1:-wasm32-unknown-unknown}
root=$("$rustc" --print sysroot)
host=$("$rustc" -vV | sed -n 's/^host: //p')
version=$("$rustc" -vV | sed -n 's/^commit-hash: //p')
library=$root/lib/rustlib/$target/lib

# The linker: this compiler comes without one for WebAssembly. The usual toolchain has it, or else Debian does.
linkers=$root/lib/rustlib/$host/bin
if ! [ -x "$linkers/rust-lld" ]; then
  lld=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld
  [ -x "$lld" ] || { apt-get install -y --no-install-recommends lld; lld=$(command -v lld); }
  mkdir -p "$linkers"
  ln -sfn "$lld" "$linkers/rust-lld"
fi

if [ "$(cat "$library/.commit" 2>/dev/null)" = "$version" ]; then
  echo "$target: the standard library is there"
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/src"
printf '[package]\nname = "stdbuild"\nversion = "0.0.0"\nedition = "2021"\n[workspace]\n' >"$work/Cargo.toml"
: >"$work/src/lib.rs"
# Without bitcode in the library, nothing could be linked with optimisation across crates.
(
  cd "$work"
  env -u CARGO_TARGET_DIR RUSTC="$rustc" RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1 \
    cargo build --release -Zbuild-std=std,panic_abort,test --target "$target" --target-dir "$work/target"
)
rm -rf "$library"
mkdir -p "$library"
rm -f "$work/target/$target/release/deps/"libstdbuild-*
cp "$work/target/$target/release/deps/"*.rlib "$library"/
echo "$version" >"$library/.commit"
echo "$target: the standard library is in $library"
