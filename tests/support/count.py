"""Counts the cases in the JSON logs of `meson test` and ends with the line `N passed, N failed`.

A test program that ends wrongly without a failed case of its own (a crash, a time-out) counts as one failure.
"""

import json
import os
import re
import sys

passed = failed = skipped = 0
for path in filter(os.path.exists, sys.argv[1:]):  # there is none where no test was selected
    with open(path, encoding="utf-8") as log:
        for line in log:
            test = json.loads(line)
            cases = re.findall(r"^(not ok|ok)\b(.*)$", test.get("stdout") or "", re.MULTILINE)
            skips = [text for verdict, text in cases if "# SKIP" in text.upper()]
            bad = sum(verdict == "not ok" for verdict, _ in cases)
            good = len(cases) - bad - len(skips)
            if test["result"] not in ("OK", "SKIP") and bad == 0:
                bad = 1
                print(f"{test['name']}: {test['result']}, exit status {test.get('returncode')}")
            elif not cases:
                bad = 1
                print(f"{test['name']}: it ran no case")
            for text in skips:
                print(f"{test['name']}: skipped{text}")
            passed += good
            failed += bad
            skipped += len(skips)
if skipped:
    print(f"skipped: {skipped}, for the reasons above")
print(f"{passed} passed, {failed} failed")
sys.exit(0 if passed and not failed else 1)
