"""Tables as pandas, polars, R, MATLAB, Excel and people write them: read rightly, or refused in one line.

The texts of pandas, polars and NumPy are written by them; those of R, MATLAB and Excel are literal.
"""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import polars as pl
import pytest

from ridgeless.errors import UnreadableFileError
from ridgeless.systems import read_system

A = np.array([[1.5, -2.0, 0.25, 3.0], [0.5, 4.0, -1.25, 2.0], [2.5, 1.0, 0.75, -6.0]])
B = np.array([1.25, -0.5, 2.0])
GENES = ("g0", "g1", "g2", "g3")
NUMBERS = ("0", "1", "2", "3")
LABELS = ["s1", "s2", "s3"]

FRAME = pd.DataFrame(A, columns=list(GENES)).assign(y=B)
INSIDE = FRAME[["g0", "y", "g1", "g2", "g3"]]
PRICE_FIRST = FRAME.rename(columns={"y": "price"})[["price", *GENES]]
COUNTED = pd.DataFrame(np.column_stack([A, B]))
DATES = pd.date_range("2020-01-01", periods=3)
WIDE = pl.DataFrame({**dict(zip(GENES, A.T, strict=True)), "y": B})


def pandas(frame=FRAME, **options):
    return frame.to_csv(**options)


def polars(frame=WIDE, **options):
    return frame.write_csv(**options)


def savetxt(table=None, **options):
    stream = io.StringIO()
    np.savetxt(stream, np.column_stack([A, B]) if table is None else table, **options)
    return stream.getvalue()


def savetxt_y_first(**options):
    return savetxt(np.column_stack([B, A]), **options)


# Name of the file: (content, names of the unknowns, what else read_system is told).
READ = {
    "pandas_default.csv": (pandas(), GENES, {}),
    "pandas_without_index.csv": (pandas(index=False), GENES, {}),
    "pandas_numbered.csv": (pandas(COUNTED), NUMBERS, {}),
    "pandas_numbered_without_index.csv": (pandas(COUNTED, index=False), NUMBERS, {}),
    "pandas_numbered_with_y.csv": (pandas(pd.DataFrame(A).assign(y=B)), NUMBERS, {}),
    "pandas_numbered_with_y_without_index.csv": (pandas(pd.DataFrame(A).assign(y=B), index=False), NUMBERS, {}),
    "pandas_labels.csv": (pandas(FRAME.set_axis(LABELS)), GENES, {}),
    "pandas_named_index.csv": (pandas(FRAME.set_axis(LABELS).rename_axis("patient")), GENES, {}),
    "pandas_shuffled_index.csv": (pandas(FRAME.set_axis([7, 0, 3])), GENES, {}),
    "pandas_dates.csv": (pandas(FRAME.set_axis(DATES)), GENES, {}),
    "pandas_two_levels.csv": (pandas(FRAME.set_axis(pd.MultiIndex.from_product([["s"], [1, 2, 3]]))), GENES, {}),
    "pandas_saved_twice.csv": (pandas(pd.read_csv(io.StringIO(pandas()))), GENES, {}),
    "pandas_saved_twice_without_index.csv": (pandas(pd.read_csv(io.StringIO(pandas())), index=False), GENES, {}),
    "pandas_semicolons.csv": (pandas(sep=";", decimal=","), GENES, {}),
    "pandas_decimal_commas.csv": (pandas(decimal=","), GENES, {}),
    "pandas_tabs.tsv": (pandas(sep="\t"), GENES, {}),
    "pandas_bars.txt": (pandas(sep="|"), GENES, {}),
    "pandas_bare.csv": (pandas(header=False, index=False), None, {}),
    "pandas_all_quoted.csv": (pandas(quoting=csv.QUOTE_ALL), GENES, {}),
    "pandas_all_quoted_without_index.csv": (pandas(quoting=csv.QUOTE_ALL, index=False), GENES, {}),
    "pandas_names_quoted.csv": (pandas(quoting=csv.QUOTE_NONNUMERIC), GENES, {}),
    "pandas_numbers_quoted.csv": (
        pandas(COUNTED.rename(columns=str), quoting=csv.QUOTE_NONNUMERIC, index=False),
        NUMBERS,
        {},
    ),
    "pandas_years.csv": (
        pandas(pd.DataFrame(A, columns=range(2018, 2022)).assign(target=B)),
        ("2018", "2019", "2020", "2021"),
        {},
    ),
    "pandas_y_first.csv": (pandas(FRAME[["y", *GENES]]), GENES, {}),
    "pandas_target_inside.csv": (pandas(INSIDE.rename(columns={"y": "Target"})), GENES, {}),
    "pandas_last_without_name_of_b.csv": (pandas(FRAME.rename(columns={"y": "price"}), index=False), GENES, {}),
    "pandas_zipped.csv.gz": (gzip.compress(pandas().encode()), GENES, {}),
    "pandas_marked.csv": (pandas().encode("utf-8-sig"), GENES, {}),
    "pandas_wide_letters.csv": (pandas().encode("utf-16"), GENES, {}),
    "pandas_windows.csv": (pandas(lineterminator="\r\n"), GENES, {}),
    "pandas_exponents.csv": (pandas(float_format="%.5e"), GENES, {}),
    "pandas_printed.txt": (FRAME.to_string(), GENES, {}),
    "pandas_headless_index.csv": (pandas(header=False), None, {"index": 0}),
    "pandas_reset_index.csv": (pandas(FRAME.reset_index(), index=False), GENES, {"index": "index"}),
    "pandas_trend.csv": (
        pandas(FRAME.assign(g0=[1, 2, 3]), index=False),
        GENES,
        {"index": "none", "matrix": np.column_stack([[1, 2, 3], A[:, 1:]])},
    ),
    "polars.csv": (polars(), GENES, {}),
    "polars_semicolons.csv": (polars(separator=";"), GENES, {}),
    "polars_decimal_commas.csv": (polars(separator=";", decimal_comma=True), GENES, {}),
    "polars_marked.csv": (polars(include_bom=True), GENES, {}),
    "polars_bare.csv": (polars(include_header=False), None, {}),
    "polars_quoted.csv": (polars(quote_style="always"), GENES, {}),
    "polars_labels.csv": (polars(WIDE.insert_column(0, pl.Series("patient", LABELS))), GENES, {}),
    "polars_row_index.csv": (polars(WIDE.drop("patient").with_row_index()), GENES, {"index": "index"}),
    "numpy.txt": (savetxt(), None, {}),
    "numpy_header.csv": (savetxt(delimiter=",", header="g0,g1,g2,g3,y"), GENES, {}),
    "numpy_header.txt": (savetxt(header="g0 g1 g2 g3 y"), GENES, {}),
    "numpy_sentence.txt": (savetxt(header="made by hand last night"), None, {}),
    "numpy_sentence.csv": (savetxt(delimiter=",", header="made, by hand, on, a, day"), None, {}),
    "numpy_header_y_first.csv": (savetxt_y_first(delimiter=",", header="y,g0,g1,g2,g3"), GENES, {"vector_name": "y"}),
    "numpy_bare_header.csv": (savetxt(delimiter=",", header="g0,g1,g2,g3,y", comments=""), GENES, {}),
    # write.csv(table)
    "r_write_csv.csv": (
        '"","g0","g1","g2","g3","y"\n"1",1.5,-2,0.25,3,1.25\n"2",0.5,4,-1.25,2,-0.5\n"3",2.5,1,0.75,-6,2\n',
        GENES,
        {},
    ),
    # write.csv(table, row.names = FALSE)
    "r_without_row_names.csv": (
        '"g0","g1","g2","g3","y"\n1.5,-2,0.25,3,1.25\n0.5,4,-1.25,2,-0.5\n2.5,1,0.75,-6,2\n',
        GENES,
        {},
    ),
    # write.csv2(table)
    "r_write_csv2.csv": (
        '"";"g0";"g1";"g2";"g3";"y"\n"1";1,5;-2;0,25;3;1,25\n"2";0,5;4;-1,25;2;-0,5\n"3";2,5;1;0,75;-6;2\n',
        GENES,
        {},
    ),
    # write.table(table)
    "r_write_table.txt": (
        '"g0" "g1" "g2" "g3" "y"\n"1" 1.5 -2 0.25 3 1.25\n"2" 0.5 4 -1.25 2 -0.5\n"3" 2.5 1 0.75 -6 2\n',
        GENES,
        {},
    ),
    # write.table(table, quote = FALSE)
    "r_unquoted.txt": ("g0 g1 g2 g3 y\n1 1.5 -2 0.25 3 1.25\n2 0.5 4 -1.25 2 -0.5\n3 2.5 1 0.75 -6 2\n", GENES, {}),
    # write.table(table, col.names = NA, sep = "\t")
    "r_column_names.tsv": (
        '""\t"g0"\t"g1"\t"g2"\t"g3"\t"y"\n"s1"\t1.5\t-2\t0.25\t3\t1.25\n"s2"\t0.5\t4\t-1.25\t2\t-0.5\n'
        '"s3"\t2.5\t1\t0.75\t-6\t2\n',
        GENES,
        {},
    ),
    # write.table(table, col.names = FALSE)
    "r_headless.txt": ('"1" 1.5 -2 0.25 3 1.25\n"2" 0.5 4 -1.25 2 -0.5\n"3" 2.5 1 0.75 -6 2\n', None, {}),
    # writematrix(M)
    "matlab_writematrix.csv": ("1.5,-2,0.25,3,1.25\n0.5,4,-1.25,2,-0.5\n2.5,1,0.75,-6,2\n", None, {}),
    # writetable(T)
    "matlab_writetable.csv": (
        "Var1,Var2,Var3,Var4,Var5\n1.5,-2,0.25,3,1.25\n0.5,4,-1.25,2,-0.5\n2.5,1,0.75,-6,2\n",
        ("Var1", "Var2", "Var3", "Var4"),
        {},
    ),
    # writetable(T, 'WriteRowNames', true)
    "matlab_row_names.csv": (
        "Row,g0,g1,g2,g3,y\ns1,1.5,-2,0.25,3,1.25\ns2,0.5,4,-1.25,2,-0.5\ns3,2.5,1,0.75,-6,2\n",
        GENES,
        {},
    ),
    # save('table.txt', 'M', '-ascii')
    "matlab_ascii.txt": (
        "   1.5000000e+00  -2.0000000e+00   2.5000000e-01   3.0000000e+00   1.2500000e+00\n"
        "   5.0000000e-01   4.0000000e+00  -1.2500000e+00   2.0000000e+00  -5.0000000e-01\n"
        "   2.5000000e+00   1.0000000e+00   7.5000000e-01  -6.0000000e+00   2.0000000e+00\n",
        None,
        {},
    ),
    # with the comments of MATLAB, and no end to the last line
    "matlab_comments.txt": (
        "% two samples\n1.5, -2, 0.25, 3, 1.25\n% more\n0.5, 4, -1.25, 2, -0.5\n2.5 ,1, .75, -6., 2",
        None,
        {},
    ),
    # CSV UTF-8 of Excel in English
    "excel.csv": (
        "\ufeffg0,g1,g2,g3,y\r\n1.5,-2,0.25,3,1.25\r\n0.5,4,-1.25,2,-0.5\r\n2.5,1,0.75,-6,2\r\n",
        GENES,
        {},
    ),
    # in German
    "excel_german.csv": (
        "\ufeffg0;g1;g2;g3;y\r\n1,5;-2;0,25;3;1,25\r\n0,5;4;-1,25;2;-0,5\r\n2,5;1;0,75;-6;2\r\n",
        GENES,
        {},
    ),
    "excel_directive.csv": (
        "sep=;\r\ng0;g1;g2;g3;y\r\n1,5;-2;0,25;3;1,25\r\n0,5;4;-1,25;2;-0,5\r\n2,5;1;0,75;-6;2\r\n",
        GENES,
        {},
    ),
    # Unicode text
    "excel_unicode.txt": (
        "g0\tg1\tg2\tg3\ty\r\n1.5\t-2\t0.25\t3\t1.25\r\n0.5\t4\t-1.25\t2\t-0.5\r\n2.5\t1\t0.75\t-6\t2\r\n".encode("utf-16"),
        GENES,
        {},
    ),
    # CSV of an old Mac
    "excel_mac.csv": ("g0,g1,g2,g3,y\r1.5,-2,0.25,3,1.25\r0.5,4,-1.25,2,-0.5\r2.5,1,0.75,-6,2\r", GENES, {}),
    # Cells that were formatted and emptied: trailing commas, and rows of nothing
    "excel_emptied.csv": (
        "g0,g1,g2,g3,y,,\r\n1.5,-2,0.25,3,1.25,,\r\n0.5,4,-1.25,2,-0.5,,\r\n,,,,,,\r\n2.5,1,0.75,-6,2,,\r\n,,,,,,\r\n",
        GENES,
        {},
    ),
    "excel_line_in_a_name.csv": (
        'g0,"g1\n(kg)",g2,g3,y\r\n1.5,-2,0.25,3,1.25\r\n0.5,4,-1.25,2,-0.5\r\n2.5,1,0.75,-6,2\r\n',
        ("g0", "g1 (kg)", "g2", "g3"),
        {},
    ),
    "excel_emptied_numbers.csv": (
        "0,1,2,3,y,,\n1.5,-2,0.25,3,1.25,,\n0.5,4,-1.25,2,-0.5,,\n2.5,1,0.75,-6,2,,\n",
        NUMBERS,
        {},
    ),
    "trailing_commas.csv": ("1.5,-2,0.25,3,1.25,\n0.5,4,-1.25,2,-0.5,\n2.5,1,0.75,-6,2,\n", None, {}),
    "blanks_and_decimal_commas.txt": ("1,5 -2 0,25 3 1,25\n0,5 4 -1,25 2 -0,5\n2,5 1 0,75 -6 2\n", None, {}),
    "typographic_minus.csv": ("1.5,−2,0.25,3,1.25\n0.5,4,−1.25,2,−0.5\n2.5,1,0.75,−6,2\n", None, {}),
    "fortran.txt": ("1.5D0 -2D0 2.5D-1 3d0 1.25\n0.5 4 -1.25 2 -0.5\n2.5 1 0.75 -6 2\n", None, {}),
    "hash_for_a_name.csv": (
        "#,g0,g1,g2,g3,y\n1,1.5,-2,0.25,3,1.25\n2,0.5,4,-1.25,2,-0.5\n3,2.5,1,0.75,-6,2\n",
        GENES,
        {},
    ),
    "response_by_name.csv": (pandas(PRICE_FIRST), GENES, {"vector_name": "price"}),
    "response_by_number.csv": (pandas(INSIDE), GENES, {"vector_name": 2}),
    "response_by_number_as_text.csv": (pandas(INSIDE), GENES, {"vector_name": "2"}),
    "response_from_the_end.csv": (pandas(FRAME[["g0", "g1", "g2", "y", "g3"]]), GENES, {"vector_name": -2}),
}  # fmt: skip


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", READ)
def test_each_table_is_read_rightly(tmp_path, name):
    content, names, told = READ[name]
    told = dict(told)
    matrix = told.pop("matrix", A)
    system = read_system(write(tmp_path / name, content), **told)
    np.testing.assert_allclose(system.A, matrix, rtol=1e-15)
    np.testing.assert_allclose(system.b, B, rtol=1e-15)
    assert system.names == names
    assert system.name == name.partition(".")[0]


# Large numbers, as spreadsheets print them: all stand for these.
LARGE_A, LARGE_B = np.array([[1234.5, 17.25], [1234567.0, 0.5]]), np.array([12345.0, 8.0])
GROUPED = {
    "us.csv": '"1,234.5",17.25,"12,345"\n"1,234,567",0.5,8\n',
    "us_blank_header.csv": 'u,v,b\n"1,234.5",17.25,"12,345"\n"1,234,567",0.5,8\n',
    "german.csv": "u;v;b\n1.234,5;17,25;12.345\n1.234.567;0,5;8\n",
    "french.csv": "u;v;b\n1\u202f234,5;17,25;12\u00a0345\n1\u202f234\u202f567;0,5;8\n",
    "swiss.csv": "u;v;b\n1'234.5;17.25;12'345\n1’234’567;0.5;8\n",
}


@pytest.mark.parametrize("name", GROUPED)
def test_marks_between_thousands(tmp_path, name):
    system = read_system(write(tmp_path / name, GROUPED[name]))
    np.testing.assert_array_equal(system.A, LARGE_A)
    np.testing.assert_array_equal(system.b, LARGE_B)


# Name of the file: (content, what the message says).
REFUSED = {
    "counts.csv": (pandas(header=False), "its first column counts the rows: it may name them, or be an unknown"),
    "counts_from_1.csv": ("1,0.5,2\n2,1.5,3\n3,2.5,4\n", "its first column counts the rows"),
    "time.csv": ("time,u,b\n20,1,2\n21,3,4\n", "its first column, 'time', is named like one that tells the rows apart"),
    "patient_id.csv": ("PatientID,u,v,b\n70,1,2,3\n90,4,5,6\n", "its first column, 'PatientID', is named like"),
    "shuffled.csv": (pandas(FRAME.set_axis([2, 0, 1]), header=False), "its first column counts the rows"),
    "numbered_columns.csv": (
        pandas(pd.DataFrame(A, [70, 50, 90]).assign(y=B).rename_axis("gene")),
        "its first column, 'gene', has a name where the others are numbered",
    ),
    "whole_beside_fractions.csv": (
        pandas(FRAME.set_axis([70, 50, 90]), header=False),
        "its first column holds different whole numbers beside columns of fractions",
    ),
    "word_and_numbers.csv": ("s0,0,1\ns1,3,4\n", "line 1 counts, s0, 0, …: it may be a header or an equation"),
    "two_years_above.csv": ("2018,2019\n1.5,2\n3,4\n", "line 1 counts, 2018, 2019"),
    "id.csv": ("id,u,v,b\n7,1,2,3\n9,4,5,6\n", "its first column, 'id', is named like"),
    "polars_row_index.csv": (polars(WIDE.with_row_index()), "its first column, 'index', counts the rows"),
    "x_y_z.csv": ("x,y,z\n1,2,3.5\n4,5,6\n", "column 1, 'y' and column 2, 'z' may each be b"),
    "two_names_of_b.csv": ("y,u,target\n1,2,3\n4,5,6\n", "column 0, 'y' and column 2, 'target' may each be b"),
    "y_in_a_comment.csv": (savetxt_y_first(delimiter=",", header="y,g0,g1,g2,g3"), "column 0, 'y' and .* may"),
    "y_in_a_sentence.txt": (savetxt(header="here y stands for years"), "column 1, 'y' and .* may each be b"),
    "whole_numbers_above.csv": ("0,1,2\n3,4,5\n", "line 1 counts, 0, 1, …: it may be a header or an equation"),
    "whole_numbers_mixed.csv": ("0,1,2\n1,0.5,3\n2.5,3,4\n", "line 1 counts, 0, 1, …"),
    "from_one_above.csv": ("1,2,3,4\n1.5,2,3.5,4\n2,0.5,1,2\n", "line 1 counts, 1, 2, …"),
    "from_one_above_fractions.csv": ("1,2,3\n1.5,2.5,3.5\n0.5,4.5,1.5\n", "line 1 counts, 1, 2, …"),
    "one_and_two_above.csv": ("1,2\n1.5,2.5\n", "line 1 counts, 1, 2, …"),
    "from_one_decimal_commas.csv": ("1;2;3\n1,5;2;3\n4;5;6\n", "line 1 counts, 1, 2, …"),
    "id_behind.csv": ("p,q,r,y,id\n1,2,3,4,0\n5,6,7,8,1\n", "column 4, 'id', is named .* Type index=4 or"),
    "id_inside.csv": ("p,id,r,y\n1,7,3,4\n5,9,7,8\n", "column 1, 'id', is named like one that tells"),
    "id_last_and_no_b.csv": ("p,q,id\n1,2,7\n3,4,9\n", "column 2, 'id', is named like one that tells"),
    "patient_id_behind.csv": ("y,u,v,PatientID\n1,2,3,70\n4,5,6,90\n", "column 3, 'PatientID', is named like"),
    "counts_behind.csv": ("p,q,y,k\n1,2,4,0\n5,6,8,1\n", "column 3, 'k', counts the rows"),
    "years_above.csv": ("2018,2019,2020\n1.5,2.5,3.5\n", "line 1 counts, 2018, 2019, …"),
    "grouped_or_decimal.csv": ('"1,234","5,678"\n', r"'1,234', which may be 1234 \(commas .*\) or 1.234 \(decimal c"),
    "grouped_or_decimal_semicolons.csv": ("u;b\n1,234;5,678\n", "which may be 1234"),
    "groups_or_fractions.csv": ("u;v;b\n1.250;17;3\n", r"which may be 1.25 \(decimal points\) or 1250 \(point"),
    "groups_or_fractions.txt": ("12.345 -7 3\n", "may be 12.345 .* or 12345"),
    "points_and_commas.csv": ("u;v;b\n1,5;2.5;3\n", "'1,5', and line 2, column 'v', holds '2.5': points and commas"),
    "commas_of_two_kinds.csv": ("1,5\n2,7\n", "its commas may part two columns or be decimal commas"),
    "missing_first.csv": (",1.5,2.5\n3.5,4.5,5.5\n", "line 1 holds '', which is no number: it is missing"),
    "missing_pandas.csv": (pandas(FRAME.mask(FRAME == 4.0)), "line 3, column 'g1', holds '', .* missing; fill it in"),
    "missing_polars.csv": (polars(WIDE.with_columns(g1=pl.Series([1.5, None, 2.5]))), "line 3, column 'g1', holds ''"),
    "missing_b.csv": ("u,v,b\n1.5,2,\n3.5,4,\n", "line 2, column 'b', holds '', which is no number: it is missing"),
    "missing_r.csv": ('"","u","v","b"\n"1",1.5,NA,3\n"2",4,5,6\n', "line 2, column 'v', holds 'NA'"),
    "missing_matlab.csv": ("1.5,2,3\n4,NaN,6\n", "line 2 holds 'NaN', which is no number: it is missing"),
    "missing_excel.csv": ("1.5,2,3\n#N/A,5,6\n", "line 2 holds '#N/A', which is no number: it is missing"),
    "divided_by_0.csv": ("u,v,b\n1.5,2,3\n4,#DIV/0!,6\n", "line 3, column 'v', holds '#DIV/0!'"),
    "infinite.csv": ("1.5,2,-Inf\n4,5,6\n", "line 1 holds '-Inf', which is infinite"),
    "complex.csv": ("1.5,2,3+1i\n4,5,6\n", r"line 1 holds '3\+1i', which is no number"),
    "percent.csv": ("1.5,2,3%\n4,5,6\n", "line 1 holds '3%', which is no number"),
    "underscores.csv": ("1_000,2,3\n4,5,6\n", "line 1 holds '1_000', which is no number"),
    "words.csv": ("u,city,b\n1.5,Ulm,3\n4,Bonn,6\n", "'Ulm', which is no number, nor is any other entry of column 1"),
    "no_row_name.csv": (",u,b\ns1,1.5,3\n,4,6\n", "line 3 has no name, and the first column names the rows"),
    "two_headers.csv": ("u,v,b\nkg,m,s\n1,2,3\n", "line 2, column 'u', holds 'kg', which is no number"),
    "pandas_two_levels.csv": (
        pandas(FRAME.set_axis(pd.MultiIndex.from_product([["a"], FRAME.columns]), axis=1)),
        "line 2 has no name, and the first column names the rows",
    ),
    "header_of_units.csv": ("u,v,b,c\n1,2,3\n4,5,6\n", "its header names 4 columns, and line 2 has 3 fields"),
    "decimal_commas_in_commas.csv": ("u,b\n1,5,2,5\n", "put semicolons between the columns"),
    "header_short.csv": ("u,b\n7,1.5,3\n9,2.5,4\n", "its header names 2 columns, and line 2 has 3 fields"),
    "header_long.csv": ("u,v,w,b\n1,2,3\n4,5,6\n", "header names 4 columns"),
    "ragged.csv": ("u,v,b\n1,2,3\n4,5\n", "line 3 has 2 fields and line 2 has 3"),
    "latin.csv": ("größe,b\n1,2\n".encode("latin-1"), "no UTF-8 text; save it as such, in Excel as CSV UTF-8"),
    "wide_letters.csv": ("u,b\n1,2\n".encode("utf-16-le"), "in an encoding without a mark"),
    "workbook.csv": (b"PK\x03\x04rest of a workbook", "no table but an Excel workbook.*Save As, CSV UTF-8"),
    "old_workbook.csv": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "no table but an Excel workbook"),
    "parquet.csv": (b"PAR1rest", "no table but a Parquet table.*read_parquet"),
    "zipped.csv": (gzip.compress(b"1,2\n"), "no table but compressed with gzip; call it .gz"),
    "page.csv": ("<!DOCTYPE html><table>", "no table but a web page"),
    "object.csv": ('{"A": [[1]]}', "no table but a JSON text"),
    "book.xlsx": (b"PK\x03\x04", "the extension '.xlsx' is an Excel workbook; in Excel choose Save As, CSV UTF-8"),
    "frame.parquet": (b"PAR1", "a Parquet table; in pandas type"),
    "frame.rds": (b"\x1f\x8b", "an R object; in R type"),
    "frame.pkl": (b"\x80", "pickled Python objects, which are never loaded"),
    "table.csv.bz2": (b"BZh", "the extension '.bz2' is compressed; unpack it, or compress with gzip"),
    "table.csv.gz": (b"1,2\n", "damaged"),
    "cut.csv.gz": (gzip.compress(pandas().encode())[:60], "damaged"),
    "table.gz": (gzip.compress(b"1,2\n"), "extension '.gz' is unknown.*or as one of them with .gz"),
    "only_names.csv": (",u,b\n", "no row of numbers"),
    "only_comments.csv": ("# 1,2\n% 3,4\n", "no row of numbers"),
    "only_commas.csv": (",,\n,,\n", "no row of numbers"),
    "only_index.csv": (",y\ns1,1.5\ns2,2.5\n", "a table with one column holds no system"),
    "only_missing.csv": ("NA,NA\n1,2\n", "line 1 holds 'NA', which is no number: it is missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_each_table_is_refused_in_one_line(tmp_path, name):
    content, says = REFUSED[name]
    path = write(tmp_path / name, content)
    with pytest.raises(UnreadableFileError, match=says) as caught:
        read_system(path)
    for message in (str(caught.value), caught.value.told_at_command_line()):
        assert "\n" not in message
        assert str(path) in message
    assert "=" not in caught.value.told_at_command_line().replace("http", "")


# What the message of a refusal tells to type: (content, words, A, b).
CHOICES = {
    "counts, an index": ("1,0.5,2\n2,1.5,3\n", {"index": 0}, [[0.5], [1.5]], [2, 3]),
    "counts, an unknown": ("1,0.5,2\n2,1.5,3\n", {"index": "none"}, [[1, 0.5], [2, 1.5]], [2, 3]),
    "a name, an index": ("time,u,b\n20,1,2\n21,3,4\n", {"index": "time"}, [[1], [3]], [2, 4]),
    "a name, an unknown": ("time,u,b\n20,1,2\n21,3,4\n", {"index": "none"}, [[20, 1], [21, 3]], [2, 4]),
    "an index in the middle": ("u,city,b\n1,Ulm,3\n4,Bonn,6\n", {"index": 1}, [[1], [4]], [3, 6]),
    "letters, the last": ("x,y,z\n1,2,3.5\n4,5,6\n", {"vector_name": "z"}, [[1, 2], [4, 5]], [3.5, 6]),
    "letters, the middle": ("x,y,z\n1,2,3.5\n4,5,6\n", {"vector_name": "y"}, [[1, 3.5], [4, 6]], [2, 5]),
    "two names": ("y,u,target\n1,2,3\n4,5,6\n", {"vector_name": "y"}, [[2, 3], [5, 6]], [1, 4]),
    "a fraction": ("u;v;b\n1.25;17;3\n", {}, [[1.25, 17]], [3]),
    "a fraction between commas": ("u,v,b\n1.250,17,3\n", {}, [[1.25, 17]], [3]),
    "fractions of three digits": ("u;v;b\n1.250;17.000;3.000\n", {}, [[1.25, 17]], [3]),
    "an equation": ("0.0,1.0,2.0\n3,4,5\n", {}, [[0, 1], [3, 4]], [2, 5]),
    "a short header": ("u,b\n7,1.5,3\n9,2.5,4\n", {"index": 0}, [[1.5], [2.5]], [3, 4]),
    "counts, and is b": ("y,u,v\n1,0.5,2\n2,1.5,3\n", {}, [[0.5, 2], [1.5, 3]], [1, 2]),
    "counts, and is made b": ("p,u,v\n1,0.5,2\n2,1.5,3\n", {"vector_name": "p"}, [[0.5, 2], [1.5, 3]], [1, 2]),
    "a name behind, an index": ("p,q,y,id\n1,2,4,0\n5,6,8,1\n", {"index": "id"}, [[1, 2], [5, 6]], [4, 8]),
    "a number behind, an index": ("p,q,y,id\n1,2,4,0\n5,6,8,1\n", {"index": 3}, [[1, 2], [5, 6]], [4, 8]),
    "a name behind, an unknown": ("p,y,id\n1,4,0\n5,8,1\n", {"index": "none"}, [[1, 0], [5, 1]], [4, 8]),
    "a name behind, and is made b": ("p,q,id\n1,2,0\n5,6,1\n", {"vector_name": "id"}, [[1, 2], [5, 6]], [0, 1]),
    "counts behind, and is b": ("p,q,total\n1,2,1\n5,6,2\n", {}, [[1, 2], [5, 6]], [1, 2]),
    "a name behind, with fractions": ("p,y,time\n1,4,0.5\n5,8,1.5\n", {}, [[1, 0.5], [5, 1.5]], [4, 8]),
    "a name behind names of rows": (",p,y,id\na,1,4,0\nb,5,8,1\n", {}, [[1, 0], [5, 1]], [4, 8]),
    "from one, an equation": ("1.0,2.0,3.0\n1.5,2,3.5\n", {}, [[1, 2], [1.5, 2]], [3, 3.5]),
    "from one above whole numbers": ("1,2,3\n4,5,6\n", {}, [[1, 2], [4, 5]], [3, 6]),
    "a column that is called none": ("none,u,b\n7,1,2\n9,3,4\n", {"index": "none"}, [[1], [3]], [2, 4]),
    "a name before a number": ("1,2,target\n7,1.5,2\n9,3,4\n", {"vector_name": "2"}, [[7, 2], [9, 4]], [1.5, 3]),
}


@pytest.mark.parametrize("what", CHOICES)
def test_what_the_refusal_tells_to_type_works(tmp_path, what):
    content, words, matrix, vector = CHOICES[what]
    system = read_system(write(tmp_path / "table.csv", content), **words)
    np.testing.assert_array_equal(system.A, matrix)
    np.testing.assert_array_equal(system.b, vector)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"vector_name": "z"}, "no column is called 'z'.*column 1, 'u'; column 2, 'b'.*vector_name='b'"),
        ({"vector_name": 7}, "no column is called 7"),
        ({"vector_name": 0}, "no column is called 0"),
        ({"vector_name": "-1"}, "no column is called '-1'.*vector_name='b', or the number of the column, counted from"),
        ({"index": "-3"}, "no column is called '-3'"),
        ({"index": "z"}, "no column is called 'z'; it has 3 columns: '', 'u', 'b'"),
        ({"index": 3}, "no column is called 3"),
        ({"matrix_name": "A"}, "it is a table.*no array is named 'A'. Leave matrix_name out"),
    ],
)
def test_a_choice_that_is_none(tmp_path, words, says):
    path = write(tmp_path / "table.csv", ",u,b\ns1,1,2\ns2,3,4\n")
    with pytest.raises(UnreadableFileError, match=says):
        read_system(path, **words)


ROWS = FRAME.set_axis(LABELS).drop(columns="y")
SERIES = pd.Series(B, LABELS)


# Table of A, table of b: where both name their rows, b follows the names.
TWO_TABLES = {
    "same order": (pandas(ROWS), pandas(SERIES), {}),
    "another order": (pandas(ROWS), pandas(SERIES[["s3", "s1", "s2"]]), {}),
    "a name for the column": (pandas(ROWS), pandas(SERIES[["s3", "s1", "s2"]].rename("price")), {}),
    "more columns": (pandas(ROWS), pandas(pd.DataFrame({"u": B * 2, "y": B}, LABELS)[::-1]), {}),
    "more columns, chosen": (pandas(ROWS), pandas(pd.DataFrame({"u": B, "v": B * 2}, LABELS)), {"vector_name": "u"}),
    "no names of rows": (pandas(ROWS), pandas(SERIES, index=False, header=False), {}),
    "no header but pandas' own": (pandas(ROWS), pandas(SERIES, index=False), {}),
    "a row": (pandas(ROWS), "1.25,-0.5,2\n", {}),
    "decimal commas": (pandas(ROWS), "price\n1,25\n-0,5\n2\n", {}),
    "bare decimal commas": (pandas(ROWS, index=False), "1,25\n-0,50\n2,00\n", {}),
    "counted, told": (pandas(ROWS, index=False, header=False), pandas(pd.Series(B), header=False), {"index": "none"}),
}


@pytest.mark.parametrize("what", TWO_TABLES)
def test_two_tables(tmp_path, what):
    matrix, vector, told = TWO_TABLES[what]
    first, second = write(tmp_path / "A.csv", matrix), write(tmp_path / "b.csv", vector)
    if what == "counted, told":
        with pytest.raises(UnreadableFileError, match="2 columns, and b is one"):
            read_system(first, second, **told)
        np.save(tmp_path / "A.npy", A)
        first, told = tmp_path / "A.npy", {"index": 0}
    system = read_system(first, second, **told)
    np.testing.assert_array_equal(system.A, A)
    np.testing.assert_array_equal(system.b, B)


@pytest.mark.parametrize(
    ("matrix", "vector", "says"),
    [
        (pandas(ROWS), pandas(SERIES.set_axis(["s1", "s2", "s4"])), "'s4' in b and not in A, 's3' in A and not in b"),
        (pandas(ROWS.set_axis(["s", "s", "t"])), pandas(SERIES.set_axis(["s", "t", "s"])), "some occur twice"),
        (pandas(FRAME), pandas(SERIES), "cannot tell which b is meant.*column 5, 'y'"),
        (pandas(ROWS), pandas(pd.DataFrame({"u": B, "v": B}, LABELS)), "2 columns, and b is one: column 1, 'u'"),
        (pandas(ROWS), "1.5\n2.5\n", r"b needs shape \(3,\); it has \(2,\)"),
    ],
)
def test_two_tables_that_do_not_fit(tmp_path, matrix, vector, says):
    first, second = write(tmp_path / "A.csv", matrix), write(tmp_path / "b.csv", vector)
    with pytest.raises(UnreadableFileError, match=says) as caught:
        read_system(first, second)
    assert "\n" not in str(caught.value)


def test_at_least_forty_tables_of_each_fate():
    assert len(READ) + len(GROUPED) >= 40
    assert len(REFUSED) >= 40
