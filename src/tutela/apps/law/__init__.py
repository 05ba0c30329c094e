"""The library of law, what is known of each organisation in its eyes, and what a legal officer has confirmed."""
