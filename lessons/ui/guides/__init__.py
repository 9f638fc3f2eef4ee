"""The pages without steps: Choose and Compare."""
