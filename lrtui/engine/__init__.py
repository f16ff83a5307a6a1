"""Who trains what, where: lanes on a CPU, the live Board, stop and skip."""
