#!/usr/bin/env bash
# keep-record: everything is in place; the record is now exactly what the lab wants.
. "$(dirname "$0")/../lib.sh"

cp "$BOX/files.tsv" "$RECORD.new"
mv -f "$RECORD.new" "$RECORD"
