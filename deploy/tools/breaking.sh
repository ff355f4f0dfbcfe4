#!/usr/bin/env bash
# Compares the contract with the one before: with the branch point if there is
# one, else with the commit before. The old tree gets the third-party protos
# copied in, because they are generated and not in any commit.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"

base=$(git merge-base HEAD origin/main 2>/dev/null || true)
if [ -z "$base" ] || [ "$base" = "$(git rev-parse HEAD)" ]; then
  base=$(git rev-parse --verify --quiet HEAD~1 || true)
fi
if [ -z "$base" ] || ! git cat-file -e "$base:buf.yaml" 2>/dev/null; then
  echo 'buf breaking: there is no contract before this one'
  exit 0
fi
old=$(mktemp -d)
trap 'rm -rf "$old"' EXIT
git archive "$base" buf.yaml proto/baoxue | tar -x -C "$old"
mkdir -p "$old/.third_party"
cp -r .third_party/proto "$old/.third_party/proto"
.bin/buf breaking --against "$old"
echo "buf breaking: compatible with ${base:0:12}"
