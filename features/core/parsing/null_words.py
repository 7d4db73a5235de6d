"""Words that programs write where there is nothing."""

NULL_WORDS = (
    *("NULL", "null", "N/A", "n/a", "#N/A", "NA", "nan", "NaN", "None", "\\N", "-"),
    *("未設定", "未入力", "(blank)", "(空白)"),
)
"""What programs and forms write where there is nothing."""
