"""What an exhibit still lacks, and from where a number of it comes."""
