"""Proofs that nothing is paid twice and that no paid picture is lost."""
