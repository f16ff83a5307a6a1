"""From recorded epochs to figures and judgements: indicators, replicate statistics, published numbers, claims."""
