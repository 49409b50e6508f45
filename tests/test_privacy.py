"""Personal data in text: found in the ways that people write it, spared where it only looks like it."""

import random

import pytest

from survey.prepare import privacy

RECALL = 0.99  # contract of reliability: 99 % of 1,000 synthetic values of each kind
FALSE = 0.01  # at most 1 % of texts that only look like personal data
N = 1000

PROVINCES = [
    "11",
    "12",
    "13",
    "14",
    "15",
    "16",
    "17",
    "18",
    "19",
    "21",
    "31",
    "32",
    "33",
    "34",
    "35",
    "36",
    "51",
    "52",
    "53",
    "61",
    "62",
    "63",
    "64",
    "65",
    "71",
    "72",
    "73",
    "74",
    "75",
    "76",
    "81",
    "82",
    "91",
    "94",
]
WORDS = ["aplikasi", "jalan rusak", "tolong diperbaiki", "lambat", "RT 05 RW 02", "mohon", "pelayanan", "2025"]


def digits(rng, n):
    return "".join(rng.choice("0123456789") for _ in range(n))


def nik(rng):
    day = rng.randint(1, 31) + rng.choice([0, 40])
    place = rng.choice(PROVINCES) + f"{rng.randint(1, 79):02d}{rng.randint(1, 40):02d}"
    parts = [place, f"{day:02d}{rng.randint(1, 12):02d}{rng.randint(0, 99):02d}", f"{rng.randint(1, 9999):04d}"]
    whole = "".join(parts)
    fours = " ".join(whole[i : i + 4] for i in range(0, 16, 4))
    return rng.choice([whole, ".".join(parts), " ".join(parts), "-".join(parts), fours, "3.674E+15", "3,67401E+15"])


def family_card(rng):
    return rng.choice(["KK ", "No. KK: ", "kartu keluarga nomor "]) + rng.choice("123") + digits(rng, 15)


def phone(rng):
    rest = rng.choice("12357889") + digits(rng, rng.randint(7, 10))
    mobile = "8" + rest
    grouped = f"08{rest[:2]}-{rest[2:6]}-{rest[6:]}" if len(rest) > 8 else f"08{rest[:2]} {rest[2:5]} {rest[5:]}"
    landline = rng.choice("2345678") + digits(rng, rng.choice([6, 7]))
    return rng.choice(
        ["0" + mobile, "+62" + mobile, "62" + mobile, "+62 " + mobile, grouped, f"(021) {landline}", f"021-{landline}"]
    )


def email(rng):
    name = rng.choice(["budi", "siti.aminah", "warga_tangsel", "a-b", "andi88"]) + str(rng.randint(1, 999))
    host = rng.choice(["gmail.com", "yahoo.co.id", "tangerangselatankota.go.id", "mail.web.id"])
    return rng.choice([f"{name}@{host}", f"{name.upper()}@{host}", f"{name} @ {host}", f"{name}[at]{host}"])


def npwp(rng):
    d = str(rng.randint(1, 9)) + digits(rng, 13) + str(rng.randint(1, 9))
    return rng.choice([f"{d[:2]}.{d[2:5]}.{d[5:8]}.{d[8]}-{d[9:12]}.{d[12:]}", d, "0" + d, f"NPWP {d}"])


def coordinates(rng):
    lat, lon = rng.uniform(5.5, 6.9), rng.uniform(106, 107)
    return rng.choice([f"-{lat:.6f}, {lon:.6f}", f"-{lat:.4f},{lon:.4f}", f"-{lat:.5f} {lon:.5f}", f"6°{17}'{22}\" LS"])


def url(rng):
    return rng.choice(["https://", "http://", "www.", "wa.me/", "instagram.com/"]) + f"warga{digits(rng, 4)}.id/x?y=1"


def plate(rng):
    return rng.choice(["B", "F", "AB", "DK", "BK"]) + f" {rng.randint(100, 9999)} " + rng.choice(["XYZ", "AB", "WJK"])


KINDS = {
    "nik": nik, "kk": family_card, "phone": phone, "email": email, "npwp": npwp, "coordinates": coordinates,
    "url": url, "plate": plate,
}  # fmt: skip


def in_a_sentence(rng, value):
    return (
        f"{rng.choice(WORDS)} {value} {rng.choice(WORDS)}" if rng.random() < 0.7 else f"{rng.choice(WORDS)}: {value}."
    )


@pytest.mark.parametrize("kind", list(KINDS))
def test_nearly_every_synthetic_value_is_redacted(kind):
    rng = random.Random(f"{kind} 20260101")
    found = left = 0
    for _ in range(N):
        value = KINDS[kind](rng)
        text, kinds = privacy.redact(in_a_sentence(rng, value))
        found += bool(kinds)
        left += value in text
    assert found >= RECALL * N
    assert left <= (1 - RECALL) * N


def lookalike(rng):
    return rng.choice(
        [
            f"Rp{rng.randint(1, 999)}.{digits(rng, 3)}.{digits(rng, 3)}",
            f"tahun {rng.randint(2000, 2026)}-{rng.randint(2000, 2026)}",
            "buka 08.00-16.00 dan 17.00-21.00",
            "buka 08.30-16.30",
            f"tanggal {rng.randint(1, 28):02d}-{rng.randint(1, 12):02d}-{rng.randint(2000, 2026)}",
            f"kode wilayah 36.74.{rng.randint(1, 7):02d}.10{rng.randint(0, 20):02d}",
            f"RT {rng.randint(1, 20):02d} RW {rng.randint(1, 20):02d} No {rng.randint(1, 200)}",
            f"nilai {rng.randint(1, 9)},{digits(rng, 2)} dari 10",
            f"nomor pesanan {rng.randint(2015, 2025)}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}{digits(rng, 8)}",
            f"anggaran {rng.randint(1, 999)}.{digits(rng, 3)}.000.000 rupiah",
            f"Perda No {rng.randint(1, 20)} Tahun {rng.randint(2000, 2026)}",
            "lulusan S1 TI dan S2 MM, kamera @tangselkota",
            f"laporan 16 angka 3674019{rng.randint(80, 99)}{digits(rng, 7)}"[:45],
            f"suhu {rng.randint(20, 35)}.{digits(rng, 1)}, {rng.randint(20, 35)}.{digits(rng, 1)} derajat",
        ]
    )


def test_hardly_any_lookalike_is_redacted():
    rng = random.Random(20260101)
    hits = [t for t in (lookalike(rng) for _ in range(N)) if privacy.kinds(t)]
    assert len(hits) <= FALSE * N, hits[:10]


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("hubungi 0812-3456-7890 ya", "hubungi [PHONE] ya"),
        ("NIK saya 3674014107900001", "NIK saya [NIK]"),
        ("NIK: 3674 0141 0790 0001", "[NIK]"),
        ("KK 3674010102030004", "[KK]"),
        ("umur 45 3674014107900001", "umur 45 [NIK]"),
        ("tulis ke budi@gmail.com.", "tulis ke [EMAIL]."),
        ("lihat https://a.b/c dan 021-7456789", "lihat [URL] dan [PHONE]"),
    ],
)
def test_only_the_datum_is_replaced(text, want):
    assert privacy.redact(text)[0] == want


def test_the_most_telling_kind_comes_first():
    assert privacy.kinds("081234567890 budi@gmail.com 3674014107900001") == ("nik", "phone", "email")


def test_text_without_personal_data_is_unchanged():
    assert privacy.redact("jalan di Pamulang rusak, sudah 3 kali lapor") == (
        "jalan di Pamulang rusak, sudah 3 kali lapor",
        (),
    )


def test_a_pseudonym_is_the_rfc_2104_hmac_cut_to_16_digits():
    # RFC 4231, test case 2
    assert privacy.pseudonym("what do ya want for nothing?", b"Jefe") == "5bdcc146bf60754e"


def test_another_key_gives_another_pseudonym():
    assert privacy.pseudonym("R1", b"a") != privacy.pseudonym("R1", b"b")
    assert privacy.pseudonym("R1", b"a") == privacy.pseudonym("R1", b"a")
